import PinxitFiles
import PinxitTensors

/// ComfyUI's scaled fp8: a weight `X.weight` is its numbers times `X.scale_weight` or
/// `X.weight_scale`, one number or one a row. The tensors beside it are no parameters.
struct ScaledFloat8: Sendable {
    /// What computes in fp8 is told by these, and by the marker; the numbers need none of it.
    private static let ignored = ["scale_input", "input_scale", "comfy_quant"]
    private static let scales = ["scale_weight", "weight_scale"]

    /// Keys that are about other tensors.
    private(set) var hidden: Set<String> = []
    /// The scale's key for a weight's.
    private(set) var scaleKeys: [String: String] = [:]

    /// - Throws: `FileError` for a `comfy_quant` of another format.
    init(_ tensors: [String: StoredTensor]) throws(FileError) {
        for key in tensors.keys where key == "scaled_fp8" || key.hasSuffix(".scaled_fp8") {
            hidden.insert(key)
        }
        for (key, stored) in tensors where key.hasSuffix("comfy_quant") {
            try Self.check(stored)
        }
        for (key, stored) in tensors where key.hasSuffix(".weight") && stored.type.isFloat8 {
            let stem = key.dropLast("weight".count)
            for name in Self.scales where tensors[stem + name] != nil {
                scaleKeys[key] = stem + name
                hidden.insert(stem + name)
            }
            for name in Self.ignored where tensors[stem + name] != nil {
                hidden.insert(stem + name)
            }
        }
        for key in tensors.keys where isLeftBeside(key, tensors) { hidden.insert(key) }
    }

    /// Whether it is a scale of a network some of whose layers stayed wide.
    private func isLeftBeside(_ key: String, _ tensors: [String: StoredTensor]) -> Bool {
        !hidden.isEmpty && Self.ignored.contains { key.hasSuffix(".\($0)") }
    }

    /// `{"format": "float8_e4m3fn", …}` as bytes.
    private static func check(_ stored: StoredTensor) throws(FileError) {
        guard stored.type == .u8, stored.count <= 1 << 16 else { return }
        let storage = stored.storage()
        let text = UnsafeRawBufferPointer(start: storage.pointer, count: stored.count)
        let format = (try? JSONValue(parsing: text))?["format"]
        withExtendedLifetime(storage) {}
        guard case .string(let name) = format, !name.hasPrefix("float8_e") else {
            if case .string = format { return }
            throw FileError(
                path: stored.file.path, field: stored.name, problem: "names no format")
        }
        throw FileError(
            path: stored.file.path, field: stored.name,
            problem: "format \"\(name)\" is not supported; float8_e4m3fn and float8_e5m2 are "
                + "accepted")
    }

    /// The elements of an f32, bf16 or f16 tensor.
    private static func numbers(_ stored: StoredTensor) -> [Float] {
        let storage = stored.storage()
        defer { withExtendedLifetime(storage) {} }
        let bytes = UnsafeRawBufferPointer(start: storage.pointer, count: stored.byteCount)
        return (0..<stored.count).map { index in
            if stored.type == .f32 {
                return bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
            }
            let bits = bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
            return stored.type == .f16
                ? Float(halfBits: bits) : Float(bitPattern: UInt32(bits) << 16)
        }
    }

    /// The weight times its scale.
    func tensor(
        _ weight: StoredTensor, scale stored: StoredTensor
    ) throws(FileError) -> Tensor {
        let rows = weight.shape.first ?? 1
        guard stored.type == .f32 || stored.type == .bf16 || stored.type == .f16,
            stored.count == 1 || stored.count == rows
        else {
            throw FileError(
                path: stored.file.path, field: stored.name,
                problem: "is \(stored.type.rawValue) of shape \(stored.shape); one number, or one "
                    + "for each of \(rows) rows, is accepted")
        }
        let scales = Self.numbers(stored)
        let values = Float8.codes(weight.type).map { Float(halfBits: $0) }
        let codes = weight.storage()
        let width = scales.count == 1 ? max(weight.count, 1) : max(weight.count / max(rows, 1), 1)
        return decodedTensor(shape: weight.shape, from: codes, unit: 1) { range, floats in
            let bytes = codes.pointer.assumingMemoryBound(to: UInt8.self)
            for (index, element) in range.enumerated() {
                floats[index] = values[Int(bytes[element])] * scales[element / width]
            }
        }
    }
}

extension SafetensorsType {
    var isFloat8: Bool { self == .f8E4M3 || self == .f8E5M2 }
}
