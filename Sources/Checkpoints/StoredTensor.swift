import PinxitFiles
import PinxitTensors

/// A tensor as it lies in a mapped file, in any of the file's types: nothing is read of it before
/// it is asked for.
public struct StoredTensor: Sendable {
    /// What its bytes mean.
    public let type: SafetensorsType
    /// Row-major, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Its key, for messages.
    let name: String
    let file: MappedFile
    /// Where its first element lies in the file.
    let start: Int
    /// In elements; nil where they lie row-major without gaps.
    var strides: [Int]?

    var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }
    var byteCount: Int { count * type.size }

    /// The tensor.
    ///
    /// Elements that lie aligned and without gaps are not copied: the tensor reads the mapped file
    /// and keeps it mapped. It must not be changed in place. Types that no tensor can hold are
    /// widened: `F64` is rounded to f32, fp8 is f16 exactly, small integers are larger ones.
    ///
    /// - Throws: `FileError` for a type that has no wider one.
    public func tensor() throws(FileError) -> Tensor {
        if let type = ElementType(type) { return direct(type) }
        switch type {
        case .bool: return direct(.u8)
        case .f64: return widened(from: Double.self, to: .f32) { Float($0) }
        case .i16: return widened(from: Int16.self, to: .i32) { Int32($0) }
        case .u16: return widened(from: UInt16.self, to: .i32) { Int32($0) }
        case .u32: return widened(from: UInt32.self, to: .i64) { Int64($0) }
        case .f8E4M3, .f8E5M2:
            let codes = Float8.codes(type)
            return widened(from: UInt8.self, to: .f16) { codes[Int($0)] }
        default:
            let known = SafetensorsType.allCases.filter { $0 != type }.map(\.rawValue)
            throw FileError(
                path: file.path, field: "\(name).dtype",
                problem: "\(type.rawValue) cannot be computed with; "
                    + "\(known.joined(separator: ", ")) are accepted")
        }
    }

    /// The elements as they are.
    func direct(_ type: ElementType) -> Tensor {
        Tensor(storage: storage(), shape: Shape(shape), type: type)
    }

    /// The elements, row-major without gaps.
    func storage() -> Storage {
        let isAligned = start % type.size == 0  // The mapping begins at a page.
        if strides == nil, isAligned, byteCount > 0, let base = file.bytes.baseAddress {
            return Storage(
                borrowing: UnsafeMutableRawPointer(mutating: base + start), byteCount: byteCount,
                owner: file, isMapped: true)
        }
        let copy = Tensor(uninitialized: [byteCount], type: .u8)
        guard byteCount > 0 else { return copy.storage }
        file.withBytes { bytes in
            if let strides {
                gather(bytes, strides, to: copy.pointer)
            } else {
                UnsafeMutableRawBufferPointer(start: copy.pointer, count: byteCount)
                    .copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(byteCount)))
            }
        }
        return copy.storage
    }

    private func widened<Source: BitwiseCopyable, Target: BitwiseCopyable>(
        from source: Source.Type, to type: ElementType, _ convert: (Source) -> Target
    ) -> Tensor {
        let storage = storage()
        let tensor = Tensor(uninitialized: Shape(shape), type: type)
        precondition(type.size == MemoryLayout<Target>.size, "\(Target.self) is no \(type)")
        let from = storage.pointer.assumingMemoryBound(to: Source.self)
        let to = tensor.pointer.assumingMemoryBound(to: Target.self)
        for index in 0..<count { to[index] = convert(from[index]) }
        withExtendedLifetime(storage) {}
        return tensor
    }

    private func gather(
        _ bytes: UnsafeRawBufferPointer, _ strides: [Int], to target: UnsafeMutableRawPointer
    ) {
        switch type.size {
        case 1: gather(bytes, strides, to: target.assumingMemoryBound(to: UInt8.self))
        case 2: gather(bytes, strides, to: target.assumingMemoryBound(to: UInt16.self))
        case 4: gather(bytes, strides, to: target.assumingMemoryBound(to: UInt32.self))
        default: gather(bytes, strides, to: target.assumingMemoryBound(to: UInt64.self))
        }
    }

    /// Copies the innermost rows one after the other; the last of the outer indices runs fastest.
    private func gather<Element: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ strides: [Int], to target: UnsafeMutablePointer<Element>
    ) {
        let (size, inner) = (MemoryLayout<Element>.size, shape.last ?? 1)
        let step = (strides.last ?? 1) * size
        var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
        for row in 0..<count / inner {
            let offset = start + zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } * size
            for column in 0..<inner {
                target[row * inner + column] = bytes.loadUnaligned(
                    fromByteOffset: offset + column * step, as: Element.self)
            }
            for axis in index.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
    }
}

/// The product, or nil where it overflows; 0 wherever a factor is.
func checkedProduct(_ factors: [Int]) -> Int? {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        product = result
    }
    return product
}
