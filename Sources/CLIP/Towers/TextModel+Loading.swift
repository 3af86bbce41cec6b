import PinxitCheckpoints
import PinxitFiles
import PinxitLayers

extension CLIPTextModel {
    /// Loads the `text_encoder/` folder of a diffusers model.
    ///
    /// Newer files leave out the `text_model.` before every key; both forms are accepted. A
    /// `text_projection` is not part of this model.
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> CLIPTextModel {
        try load(try Component(path: folder), options)
    }

    /// The same from a component, wherever it lies.
    public static func load(
        _ component: Component, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> CLIPTextModel {
        let configuration = try CLIPTextConfiguration(component.config)
        return try component.model(
            options,
            isIgnored: { $0.hasSuffix("position_ids") || $0.hasPrefix("text_projection.") },
            renamed: currentName,
            build: { CLIPTextModel($0("text_model"), configuration) })
    }

    /// A parameter's name with the `text_model.` that newer files leave out.
    package static func currentName(_ key: String) -> String {
        isOfWholeCLIP(key) ? key : "text_model.\(key)"
    }

    /// Whether a key says which part of a CLIP it is of.
    static func isOfWholeCLIP(_ key: String) -> Bool {
        ["text_model.", "vision_model.", "text_projection.", "visual_projection.", "logit_scale"]
            .contains { key.hasPrefix($0) }
    }
}
