import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

/// Writes a latent diffusion model in either layout: a folder as diffusers has them, or one file in
/// the layout of Stable Diffusion's first release.
///
/// On the engine's thread.
package struct ModelConversion {
    let source: any LatentDiffusionSource
    let type: ElementType

    /// - Parameter type: What weights are stored in: f32, f16 or bf16.
    package init(_ source: any LatentDiffusionSource, type: ElementType) {
        self.source = source
        self.type = type
    }

    static let names = ["unet", "vae", "text_encoder", "text_encoder_2"]

    /// A component with its parameters under diffusers' names, in the type asked for; what is no
    /// parameter of its network is left behind.
    struct Part {
        let config: JSONField
        let tensors: [String: Tensor]
    }

    func part(_ name: String) throws -> Part {
        try Engine.checkCancellation()
        let component = try source.component(name)
        let config = component.config
        let shapes: [(name: String, shape: Shape)]
        var renamed: (String) -> String = { $0 }
        switch name {
        case "unet":
            let c = try UNetConfiguration(config)
            shapes = ParameterStore.shapes { _ = UNet($0, c) }
        case "vae":
            shapes = try autoencoderShapes(config)
            renamed = AutoencoderKL.currentName
        default:
            let c = try CLIPTextConfiguration(config)
            shapes = ParameterStore.shapes { w in
                _ = CLIPTextModel(w("text_model"), c)
                guard name == "text_encoder_2" else { return }
                _ = Linear(w("text_projection"), c.hiddenSize, c.projectionSize, bias: false)
            }
            renamed = CLIPTextModel.currentName
        }
        let file = try component.weightsPath()
        let stored = Dictionary(try component.tensors().map { (renamed($0.key), $0.value) }) { $1 }
        var tensors: [String: Tensor] = [:]
        for (parameter, shape) in shapes {
            guard let tensor = stored[parameter], tensor.count == shape.count else {
                throw FileError(
                    path: file, field: parameter,
                    problem: stored[parameter].map { "has shape \($0.shape); \(shape) is accepted" }
                        ?? "is missing")
            }
            let converted = tensor.reshaped(shape).cast(to: type)
            if converted.firstNonFinite != nil {
                throw FileError(
                    path: file, field: parameter,
                    problem: tensor.firstNonFinite == nil
                        ? "holds numbers too large for \(type); f32 and bf16 have room for them"
                        : "holds numbers that are not finite")
            }
            tensors[parameter] = converted
            tensor.storage.dropPages()
        }
        return Part(config: config, tensors: tensors)
    }

    private func autoencoderShapes(
        _ config: JSONField
    ) throws(FileError) -> [(name: String, shape: Shape)] {
        if try config["_class_name"].string(or: "AutoencoderKL") == "AutoencoderTiny" {
            let c = try AutoencoderTinyConfiguration(config)
            return ParameterStore.shapes { _ = AutoencoderTiny($0, c) }
        }
        let c = try AutoencoderKLConfiguration(config)
        return ParameterStore.shapes { _ = AutoencoderKL($0, c) }
    }
}
