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
        [
            "architectures": ["CLIPTextModel"], "model_type": "clip_text_model",
            "vocab_size": .integer(vocabularySize), "hidden_size": .integer(hiddenSize),
            "intermediate_size": .integer(intermediateSize), "num_hidden_layers": .integer(layers),
            "num_attention_heads": .integer(heads),
            "max_position_embeddings": .integer(maxPositions),
            "hidden_act": .string(activation.rawValue), "layer_norm_eps": .number(Double(epsilon)),
            "projection_dim": .integer(projectionSize), "bos_token_id": .integer(bosID),
            "eos_token_id": .integer(eosID), "pad_token_id": .integer(padID),
            "torch_dtype": "float16",
        ]
    }
}
