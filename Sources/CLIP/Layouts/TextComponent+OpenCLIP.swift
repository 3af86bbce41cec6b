import PinxitCheckpoints
import PinxitTensors

extension CLIPTextModel {
    /// The tensors of a text tower under OpenCLIP's names, from transformers': the other way of
    /// ``component(_:_:_:file:most:)``, with queries, keys and values in one matrix again.
    ///
    /// On the engine's thread.
    public static func openCLIP(_ tensors: [String: Tensor]) -> [String: Tensor] {
        var old: [String: Tensor] = [:]
        for (key, tensor) in tensors {
            guard let name = oldName(of: key) else { continue }
            old[name] = name == "text_projection" ? tensor.permuted([1, 0]) : tensor
        }
        let layers = Set(
            tensors.keys.compactMap { key in
                key.firstRange(of: ".self_attn.q_proj.").map { String(key[..<$0.lowerBound]) }
            })
        for layer in layers {
            let place = layer.replacing("text_model.encoder.layers", with: "transformer.resblocks")
            for kind in ["weight", "bias"] {
                let parts = ["q", "k", "v"].compactMap {
                    tensors["\(layer).self_attn.\($0)_proj.\(kind)"]
                }
                if parts.count == 3 {
                    old["\(place).attn.in_proj_\(kind)"] = concatenate(parts, axis: 0)
                }
            }
        }
        return old
    }

    private static let single = [
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_projection.weight": "text_projection",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    ]

    private static let inner = [
        "self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2",
        "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    ]

    /// Nil for what is joined with others.
    private static func oldName(of key: String) -> String? {
        if let name = single[key] { return name }
        let parts = key.split(separator: ".")
        guard parts.count > 5, key.hasPrefix("text_model.encoder.layers.") else { return nil }
        guard let name = inner[parts[4..<parts.count - 1].joined(separator: ".")] else {
            return nil
        }
        return "transformer.resblocks.\(parts[3]).\(name).\(parts[parts.count - 1])"
    }
}
