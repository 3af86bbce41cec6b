import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion

/// What can be told of a LoRA, or its kin, without reading its weights.
public struct LoRAFacts: Sendable {
    private var outline: AdapterOutline

    /// - Throws: `FileError` for a file that is broken or changes no weight.
    public init(_ file: String) throws(FileError) { outline = try AdapterOutline(file: file) }

    /// What the file says of itself, such as `ss_output_name` of kohya's scripts.
    public var metadata: [String: String] { outline.metadata }

    /// The same without that, which may be large.
    public var withoutMetadata: LoRAFacts {
        var facts = self
        facts.outline.metadata = [:]
        return facts
    }

    /// The family of models that it is for, in words such as "SDXL (context 2048)"; nil where
    /// nothing tells.
    public var family: String? { outline.familyTitle }

    /// Why it does not go with a model, in words that follow its name; nil where nothing speaks
    /// against it. Loading both together looks closer.
    public func misfit(with model: ModelFolder) -> String? {
        guard model.pipeline.family == .diffusion else {
            return "goes with latent diffusion models alone"
        }
        guard let family else { return nil }
        guard let context = outline.context else {
            return "is a LoRA for \(family); the model is none"
        }
        guard model.pipeline.isStableDiffusion, let unet = try? model.source.outline(),
            unet.context != context
        else { return nil }
        return contextMisfit("LoRA", own: context, model: unet.context)
    }
}
