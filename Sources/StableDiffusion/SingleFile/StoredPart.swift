import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// A component's weights as they are stored, under diffusers' names of today, and what its network
/// has parameters for.
struct StoredPart {
    let name: String
    let config: JSONField
    /// Of the network's parameters.
    let shapes: [(name: String, shape: Shape)]
    /// For messages.
    let file: String
    private let stored: [String: Tensor]

    /// - Parameter name: One of `ModelConversion.names`.
    init(_ source: any LatentDiffusionSource, _ name: String) throws {
        let component = try source.component(name)
        self.name = name
        config = component.config
        var renamed: (String) -> String = { $0 }
        switch name {
        case "unet":
            let c = try UNetConfiguration(config)
            shapes = ParameterStore.shapes { _ = UNet($0, c) }
        case "vae":
            shapes = try Self.autoencoderShapes(config)
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
        file = try component.weightsPath()
        stored = Dictionary(try component.tensors().map { (renamed($0.key), $0.value) }) { $1 }
    }

    /// A parameter in its network's shape.
    func tensor(_ parameter: String, _ shape: Shape) throws(FileError) -> Tensor {
        guard let tensor = stored[parameter], tensor.count == shape.count else {
            throw FileError(
                path: file, field: parameter,
                problem: stored[parameter].map { "has shape \($0.shape); \(shape) is accepted" }
                    ?? "is missing")
        }
        return tensor.reshaped(shape)
    }

    private static func autoencoderShapes(
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
