import PinxitCheckpoints

extension KeyTable {
    /// The names of OpenAI's first release, which OpenCLIP kept, as transformers'
    /// (`convert_clip_original_pytorch_to_hf.py`).
    static let openCLIP = KeyTable(
        [
            .init("logit_scale", "logit_scale"),
            .init("text_projection", "text_projection.weight", .transposed),
            .init("visual.proj", "visual_projection.weight", .transposed),
            .init("token_embedding.weight", "text_model.embeddings.token_embedding.weight"),
            .init("positional_embedding", "text_model.embeddings.position_embedding.weight"),
            .init("ln_final.*", "text_model.final_layer_norm.*"),
            .init("visual.class_embedding", "vision_model.embeddings.class_embedding"),
            .init(
                "visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
            .init("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"),
            .init("visual.ln_pre.*", "vision_model.pre_layrnorm.*"),
            .init("visual.ln_post.*", "vision_model.post_layernorm.*"),
        ] + layers("transformer.resblocks.*", "text_model.encoder.layers.*")
            + layers("visual.transformer.resblocks.*", "vision_model.encoder.layers.*"))

    /// One transformer layer, with its fused queries, keys and values.
    private static func layers(_ from: String, _ to: String) -> [Rule] {
        let parts = ["weight", "bias"].map { kind in
            Rule(
                "\(from).attn.in_proj_\(kind)",
                ["q", "k", "v"].map { "\(to).self_attn.\($0)_proj.\(kind)" }, .split)
        }
        let names = [
            "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2",
            "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
        ]
        return parts + names.map { Rule("\(from).\($0.key).*", "\(to).\($0.value).*") }
    }
}
