import PinxitFiles
import PinxitTensors

/// Writes a latent diffusion model in either layout: a folder as diffusers has them, or one file in
/// the layout of Stable Diffusion's first release.
///
/// On the engine's thread.
package struct ModelConversion {
    let source: any LatentDiffusionSource
    let type: ElementType
    private let merge: ModelMerge?

    /// - Parameters:
    ///   - type: What weights are stored in: f32, f16 or bf16.
    ///   - merge: What weights are moved by before.
    package init(
        _ source: any LatentDiffusionSource, type: ElementType, merge: ModelMerge? = nil
    ) {
        self.source = source
        self.type = type
        self.merge = merge
    }

    /// The components that have weights.
    package static let names = ["unet", "vae", "text_encoder", "text_encoder_2"]

    /// A component with its parameters under diffusers' names, in the type asked for; what is no
    /// parameter of its network is left behind.
    struct Part {
        let config: JSONField
        let tensors: [String: Tensor]
    }

    func part(_ name: String) throws -> Part {
        try Engine.checkCancellation()
        let stored = try StoredPart(source, name)
        let mover = try merge?.mover(of: stored, from: source)
        var tensors: [String: Tensor] = [:]
        for (parameter, shape) in stored.shapes {
            let tensor = try stored.tensor(parameter, shape)
            let moved = try mover?(tensor, parameter) ?? tensor
            let converted = moved.cast(to: type)
            if converted.firstNonFinite != nil {
                throw FileError(
                    path: stored.file, field: parameter,
                    problem: moved.firstNonFinite == nil
                        ? "holds numbers too large for \(type); f32 and bf16 have room for them"
                        : "holds numbers that are not finite")
            }
            tensors[parameter] = converted
            tensor.storage.dropPages()
        }
        return Part(config: stored.config, tensors: tensors)
    }
}
