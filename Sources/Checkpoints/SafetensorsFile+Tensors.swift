import PinxitFiles
import PinxitTensors

extension SafetensorsFile {
    /// The tensors of the file, by name.
    ///
    /// Aligned elements are not copied: the tensors read the mapped file and keep it mapped. They
    /// must not be changed in place. `F64` is converted to f32.
    ///
    /// - Parameter isWanted: picks names; a tensor that is not wanted may have any type.
    /// - Throws: `CheckpointError` for a wanted tensor of a type that no tensor can hold.
    public func tensors(
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(CheckpointError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (name, entry) in entries where isWanted(name) {
            tensors[name] = try tensor(entry, name: name)
        }
        return tensors
    }

    private func tensor(_ entry: Entry, name: String) throws(CheckpointError) -> Tensor {
        if entry.type == .f64 { return single(entry) }
        guard let type = ElementType(entry.type) else {
            let known = ElementType.allCases.map { SafetensorsType($0).rawValue } + ["F64"]
            throw CheckpointError(
                path: path, field: "\(name).dtype",
                problem: "\(entry.type.rawValue) cannot be computed with; "
                    + "\(known.joined(separator: ", ")) are accepted")
        }
        return withBytes(of: entry) { bytes in
            let isAligned = Int(bitPattern: bytes.baseAddress) % type.size == 0
            if let start = bytes.baseAddress, isAligned, !bytes.isEmpty {
                let storage = Storage(
                    borrowing: UnsafeMutableRawPointer(mutating: start), byteCount: bytes.count,
                    owner: file, isMapped: true)
                return Tensor(storage: storage, shape: Shape(entry.shape), type: type)
            }
            let tensor = Tensor(uninitialized: Shape(entry.shape), type: type)
            UnsafeMutableRawBufferPointer(start: tensor.pointer, count: bytes.count)
                .copyMemory(from: bytes)
            return tensor
        }
    }

    /// Doubles as f32.
    private func single(_ entry: Entry) -> Tensor {
        withBytes(of: entry) { bytes in
            let values = stride(from: 0, to: bytes.count, by: 8).map {
                Float(bytes.loadUnaligned(fromByteOffset: $0, as: Double.self))
            }
            return Tensor(values, shape: Shape(entry.shape))
        }
    }
}

extension ElementType {
    /// The tensor's type for a file's, where there is one.
    init?(_ type: SafetensorsType) {
        guard let match = ElementType.allCases.first(where: { SafetensorsType($0) == type }) else {
            return nil
        }
        self = match
    }
}

extension SafetensorsType {
    /// The file's type for a tensor's.
    public init(_ type: ElementType) {
        switch type {
        case .f32: self = .f32
        case .bf16: self = .bf16
        case .f16: self = .f16
        case .i32: self = .i32
        case .i64: self = .i64
        case .i8: self = .i8
        case .u8: self = .u8
        }
    }
}
