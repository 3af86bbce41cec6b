import PinxitCheckpoints
import PinxitFiles
import PinxitLayers

extension CLIPTextModel {
    /// Loads the `text_encoder/` folder of a diffusers model.
    ///
    /// Newer files leave out the `text_model.` before every key; both forms are accepted. A `text_projection` is not
    /// part of this model.
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(folder: String, variant: String? = nil, isStreamed: Bool = false)
        throws(FileError)
        -> CLIPTextModel
    {
        let folder = try ComponentFolder(path: folder)
        let configuration = try CLIPTextConfiguration(folder.config)
        return try folder.model(
            variant: variant, isStreamed: isStreamed,
            isIgnored: { $0.hasSuffix("position_ids") || $0.hasPrefix("text_projection.") },
            renamed: { $0.hasPrefix("text_model.") ? $0 : "text_model.\($0)" },
            build: { CLIPTextModel($0("text_model"), configuration) })
    }
}
