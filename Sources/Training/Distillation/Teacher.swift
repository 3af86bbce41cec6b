import PinxitFiles
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// The model that is distilled, as it paints: guided, along its own flow.
struct Teacher {
    /// How it paints when time does not matter.
    static let steps = 24

    let unet: UNet
    let sampling: UsualSampling
    /// States of the empty caption, `[1, tokens, features]`, which guidance leads away from.
    private let empty: Tensor
    private let precision: ElementType

    /// - Parameter states: The states of texts, `[texts, tokens, features]`.
    /// - Throws: `FileError` for a folder that holds no model of rectified flow.
    init(
        folder: String, guidanceScale: Float, precision: ElementType,
        states: ([String]) -> Tensor
    ) throws {
        let scheduler = try DiffusersFolder(folder).scheduler()
        guard scheduler.isFlow else {
            throw FileError(
                path: folder.path("scheduler/scheduler_config.json"), field: "prediction_type",
                problem: "is \(scheduler.prediction.rawValue); accepted of a teacher: "
                    + PredictionType.flow.rawValue)
        }
        unet = try UNet.load(folder: folder.path("unet"))
        guard unet.addedWidth == nil else {
            throw FileError(
                path: folder.path("unet/config.json"),
                problem:
                    "takes vectors beside the text, as the decoder of an unCLIP; accepted of a "
                    + "teacher: a U-Net that is given texts alone")
        }
        sampling = UsualSampling(steps: Self.steps, guidanceScale: guidanceScale)
        self.precision = precision
        empty = states([""])
    }

    /// Its guided network for captions of these states, `[batch, tokens, features]`.
    func denoise(_ states: Tensor) -> Denoise {
        let scale = sampling.guidanceScale
        let isGuided = scale > 1
        let empties = [Tensor](repeating: empty, count: isGuided ? states.shape[0] : 0)
        let context = TextContext(
            concatenate(empties + [states], axis: 0).cast(to: precision))
        let network: Network = { x, timestep in
            try unet(
                x.cast(to: precision),
                timesteps: [Float](repeating: timestep, count: x.shape[0]),
                DenoiserConditions(text: context)
            ).cast(to: .f32)
        }
        return denoiser(.flow, isGuided ? guided(scale, network) : network)
    }
}
