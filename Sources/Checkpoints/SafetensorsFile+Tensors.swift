import PinxitFiles
import PinxitTensors

extension SafetensorsFile {
    /// The tensors of the file, by name; see ``StoredTensor/tensor()``.
    ///
    /// - Parameter isWanted: picks names; a tensor that is not wanted may have any type.
    /// - Throws: `CheckpointError` for a wanted tensor of a type that no tensor can hold.
    public func tensors(
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(CheckpointError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (name, entry) in entries where isWanted(name) {
            tensors[name] = try stored(entry, name: name).tensor()
        }
        return tensors
    }

    func stored(_ entry: Entry, name: String) -> StoredTensor {
        StoredTensor(
            type: entry.type, shape: entry.shape, name: name, file: file,
            start: entry.byteRange.lowerBound)
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
