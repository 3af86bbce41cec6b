import PinxitFiles
import PinxitTensors

/// Named tensors to and from safetensors files.
public enum Checkpoint {
    /// Loads a `.safetensors` file, or all files that a `.safetensors.index.json` names.
    ///
    /// - Throws: `CheckpointError` when a file is missing or wrong.
    public static func load(_ path: String) throws(CheckpointError) -> [String: Tensor] {
        if path.hasSuffix(".json") { return try loadShards(index: path) }
        return try SafetensorsFile(path: path).tensors()
    }

    /// Saves tensors to a file that appears complete or not at all.
    ///
    /// - Throws: `FileError` when the file cannot be written.
    public static func save(
        _ tensors: [String: Tensor], to path: String,
        metadata: [String: String] = ["format": "pt"]
    ) throws {
        let items = tensors.map { name, tensor in
            SafetensorsWriter.Item(
                name: name, type: SafetensorsType(tensor.type), shape: tensor.shape.dimensions,
                bytes: UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
        }
        try withExtendedLifetime(tensors) {
            try SafetensorsWriter.write(items, metadata: metadata, to: path)
        }
    }

    /// Reads `{"weight_map": {name: file}}`; the files lie beside the index.
    private static func loadShards(index path: String) throws(CheckpointError) -> [String: Tensor] {
        var shards: [String: Set<String>] = [:]
        for (name, field) in try JSONFile.read(path)["weight_map"].members() {
            let file = try field.string()
            guard !file.contains("/"), file.hasSuffix(".safetensors") else {
                throw field.error("the name of a .safetensors file in the same folder")
            }
            shards[file, default: []].insert(name)
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var tensors: [String: Tensor] = [:]
        for (file, names) in shards.sorted(by: { $0.key < $1.key }) {
            let shard = try SafetensorsFile(path: (folder + [file[...]]).joined(separator: "/"))
            if let missing = names.subtracting(shard.entries.keys).min() {
                throw CheckpointError(
                    path: path, field: "weight_map.\(missing)", problem: "is not in \(file)")
            }
            tensors.merge(try shard.tensors(where: names.contains)) { $1 }
        }
        return tensors
    }
}
