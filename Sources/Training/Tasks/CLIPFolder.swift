import CLIP
import Checkpoints
import Files
import Tensors

extension PinxitCLIPConfiguration {
    /// Writes a folder that ``CLIP/CLIP/init(folder:)`` reads: `config.json`, `model.safetensors` in f16, `tokenizer/`.
    func write(_ weights: [String: Tensor], tokenizer: String, to folder: String) throws {
        try makeFolder("\(folder)/tokenizer")
        try Checkpoint.save(
            weights.mapValues { $0.cast(to: .f16) }, to: "\(folder)/model.safetensors")
        for name in [
            "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        ] where fileExists("\(tokenizer)/\(name)") && tokenizer != "\(folder)/tokenizer" {
            let bytes = try readFile("\(tokenizer)/\(name)")
            try AtomicFile.write(to: "\(folder)/tokenizer/\(name)") { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
        }
        try JSONFile.write(json, to: "\(folder)/config.json")
    }
}
