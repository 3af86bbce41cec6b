import CLIP
import Checkpoints
import Files
import FoundationEssentials
import Tensors

extension CLIPTextConfiguration {
    /// Writes the tower as the `text_encoder` of a model folder.
    func write(_ weights: [String: Tensor], to folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try Checkpoint.save(
            weights.mapValues { $0.cast(to: .f16) }, to: "\(folder)/model.safetensors")
        try JSONFile.write(json, to: "\(folder)/config.json")
    }

    /// The configuration as transformers writes it.
    var json: JSONValue {
        let head = [
            JSONMember("architectures", ["CLIPTextModel"]),
            JSONMember("model_type", "clip_text_model"),
        ]
        return .object(head + members + [JSONMember("torch_dtype", "float16")])
    }
}
