import PinxitFiles
import PinxitTensors

/// A checkpoint in any format that is read, opened and checked; its tensors are read when they are
/// asked for.
///
///     let file = try CheckpointFile(path: "model.ckpt")
///     let tensors = try file.tensors()
///
/// The format is told by the first bytes, never by the name. Nothing from a file is executed.
public struct CheckpointFile: Sendable {
    /// How the tensors are stored.
    public enum Format: String, Sendable, CaseIterable {
        case safetensors
        /// What `torch.save` writes since 1.6: `.ckpt`, `.pt`, `.pth`, `.bin`.
        case torch
        /// What `torch.save` wrote before, under the same names.
        case legacyTorch = "legacy torch"
        case gguf = "GGUF"
        /// A JSON index of files that hold a part each.
        case shards = "index of shards"
    }

    /// A tensor of the file.
    public struct Entry: Sendable, Equatable {
        /// How it is stored, such as `F16`, `F8_E4M3` or `Q8_0`.
        public let type: String
        /// Row-major, outermost first; empty for a scalar.
        public let shape: [Int]
        /// What it takes in the file.
        public let byteCount: Int
    }

    /// The path it was opened at.
    public let path: String
    /// What its first bytes say it is.
    public let format: Format
    /// What the file says about itself: the strings of a safetensors header, the key-values of
    /// GGUF, the numbers and strings beside a torch file's tensors, such as `global_step`.
    public let metadata: [String: String]
    /// The tensors by name, without the scales that belong to fp8 weights.
    public let entries: [String: Entry]
    /// All that a torch file holds; nil in other formats.
    public let root: PickleValue?
    private let content: Content

    private enum Content: Sendable {
        case stored([String: StoredTensor], ScaledFloat8)
        case gguf(GGUFFile)
        case shards([(file: CheckpointFile, names: Set<String>)])
    }

    /// - Throws: `FileError` when the file is missing, of another kind, not complete, or wrong.
    public init(path: String) throws(FileError) { try self.init(path: path, isShard: false) }

    private init(path: String, isShard: Bool) throws(FileError) {
        let file = try MappedFile(path: path)
        switch try file.withBytes({ bytes throws(FileError) in try FileStart(bytes, path: path) }) {
        case .safetensors: try self.init(SafetensorsFile(path: path))
        case .zip: try self.init(TorchFile(zip: file), .torch)
        case .pickle: try self.init(TorchFile(legacy: file), .legacyTorch)
        case .gguf: self.init(try GGUFFile(file))
        case .json where isShard:
            throw FileError(path: path, problem: "is an index, named by another index")
        case .json: try self.init(index: path)
        }
    }

    private init(_ file: SafetensorsFile) throws(FileError) {
        let tensors = file.entries.reduce(into: [:]) { tensors, entry in
            tensors[entry.key] = file.stored(entry.value, name: entry.key)
        }
        try self.init(
            path: file.path, format: .safetensors, metadata: file.metadata, tensors, root: nil)
    }

    private init(_ file: TorchFile, _ format: Format) throws(FileError) {
        try self.init(
            path: file.path, format: format, metadata: file.metadata, file.tensors, root: file.root)
    }

    private init(
        path: String, format: Format, metadata: [String: String], _ tensors: [String: StoredTensor],
        root: PickleValue?
    ) throws(FileError) {
        let scales = try ScaledFloat8(tensors)
        self.path = path
        self.format = format
        self.metadata = metadata
        self.root = root
        entries = tensors.filter { !scales.hidden.contains($0.key) }.mapValues {
            Entry(type: $0.type.rawValue, shape: $0.shape, byteCount: $0.byteCount)
        }
        content = .stored(tensors, scales)
    }

    private init(_ file: GGUFFile) {
        path = file.path
        format = .gguf
        metadata = file.metadata
        entries = file.tensors.mapValues {
            Entry(type: $0.type.name, shape: $0.shape, byteCount: $0.bytes.count)
        }
        root = nil
        content = .gguf(file)
    }

    private init(index path: String) throws(FileError) {
        let index = try ShardIndex(path: path)
        var (shards, entries) = ([(file: CheckpointFile, names: Set<String>)](), [String: Entry]())
        for (name, names) in index.shards.sorted(by: { $0.key < $1.key }) {
            let file = try CheckpointFile(path: path.parentPath.path(name), isShard: true)
            if let missing = names.subtracting(file.entries.keys).min() {
                throw FileError(
                    path: path, field: "weight_map.\(missing)", problem: "is not in \(name)")
            }
            for name in names { entries[name] = file.entries[name] }
            shards.append((file, names))
        }
        self.path = path
        format = .shards
        metadata = index.metadata
        self.entries = entries
        root = nil
        content = .shards(shards)
    }

    /// The tensors, by name; see ``StoredTensor/tensor()``.
    ///
    /// fp8 weights are multiplied by their scales, and GGUF's packed types decoded, to f32 when the
    /// numbers are read.
    /// - Parameter isWanted: picks names; a tensor that is not wanted may have any type.
    /// - Throws: `FileError` for a wanted tensor of a type that no tensor can hold.
    public func tensors(
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(FileError) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        switch content {
        case .stored(let tensors, let scales):
            for name in entries.keys where isWanted(name) {
                guard let weight = tensors[name] else { continue }
                let scale = scales.scaleKeys[name].flatMap { tensors[$0] }
                result[name] =
                    if let scale { try scales.tensor(weight, scale: scale) } else {
                        try weight.tensor()
                    }
            }
        case .gguf(let file):
            for (name, tensor) in file.tensors where isWanted(name) {
                result[name] = tensor.tensor()
            }
        case .shards(let shards):
            for (file, names) in shards {
                let part = try file.tensors { names.contains($0) && isWanted($0) }
                result.merge(part) { $1 }
            }
        }
        return result
    }
}
