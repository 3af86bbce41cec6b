import PinxitCLIP
import PinxitFiles
import PinxitTensors

extension PinxitCLIPConfiguration {
    /// Writes a folder that ``CLIP/init(folder:_:)`` reads: `config.json`, `model.safetensors` in
    /// f16, `tokenizer/`.
    func write(_ weights: [String: Tensor], tokenizer: String, to folder: String) throws {
        if tokenizer != "\(folder)/tokenizer" {
            try copyFolder(tokenizer, to: "\(folder)/tokenizer")
        }
        try writeComponent(folder, weights, json)
    }
}

extension CLIPTextConfiguration {
    /// Writes the tower as the `text_encoder` of a model folder.
    func write(_ weights: [String: Tensor], to folder: String) throws {
        try writeComponent(folder, weights, json)
    }
}
