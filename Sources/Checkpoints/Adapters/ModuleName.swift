/// A module as adapters name it: its path with `_` for `.`, which is all that kohya's files keep.
struct ModuleName: Hashable, Sendable {
    /// The component's folder name; nil where the file does not say.
    let component: String?
    let path: String

    init(component: String?, path: String) {
        self.component = component
        self.path = path
    }

    /// Takes a module's spelling in a file apart.
    init(spelling: String) {
        var rest = spelling.replacing(".", with: "_")[...]
        if rest.hasPrefix("base_model_model_") { rest = rest.dropFirst(17) }
        var component: String?
        for (prefix, name) in Self.prefixes where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
            component = name
            break
        }
        // OpenCLIP's own models lie in a `model`.
        if component?.hasPrefix("text") == true, rest.hasPrefix("model_") {
            rest = rest.dropFirst(6)
        }
        self.init(component: component, path: String(rest))
    }

    /// The longer ones of a beginning first.
    private static let prefixes: [(String, String?)] = [
        ("lora_unet_", "unet"), ("lora_te1_", "text_encoder"), ("lora_te2_", "text_encoder_2"),
        ("lora_te_", "text_encoder"), ("lycoris_unet_", "unet"),
        ("lycoris_text_encoder_2_", "text_encoder_2"), ("lycoris_text_encoder_", "text_encoder"),
        ("lycoris_", nil), ("model_diffusion_model_", "unet"), ("diffusion_model_", "unet"),
        ("unet_", "unet"), ("text_encoder_2_", "text_encoder_2"),
        ("text_encoders_clip_l_transformer_", "text_encoder"),
        ("text_encoders_clip_g_transformer_", "text_encoder_2"),
        ("text_encoders_clip_l_", "text_encoder"), ("text_encoders_clip_g_", "text_encoder_2"),
        ("clip_l_transformer_", "text_encoder"), ("clip_g_transformer_", "text_encoder_2"),
        ("text_encoder_", "text_encoder"), ("cond_stage_model_transformer_", "text_encoder"),
        ("cond_stage_model_", "text_encoder"),
        ("conditioner_embedders_0_transformer_", "text_encoder"),
        ("conditioner_embedders_1_", "text_encoder_2"),
    ]
}
