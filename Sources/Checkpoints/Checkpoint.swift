import PinxitFiles
import PinxitTensors

/// Named tensors from files of several formats, and to safetensors files.
public enum Checkpoint {
    /// Loads the tensors of a file in any format of ``CheckpointFile/Format``, or of all files that
    /// an index of shards names.
    ///
    /// - Throws: `CheckpointError` when a file is missing or wrong.
    public static func load(_ path: String) throws(CheckpointError) -> [String: Tensor] {
        try CheckpointFile(path: path).tensors()
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
}
