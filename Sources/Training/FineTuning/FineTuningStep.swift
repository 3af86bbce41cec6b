import PinxitCLIP
import PinxitDatasets
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// The loss of some samples of a step.
struct FineTuningStep {
    let model: LatentDiffusion
    let noising: DenoisingLoss
    let precision: ElementType
    /// Whether layers are computed again for their gradients, which takes less memory.
    var recomputes = false

    /// - Parameters:
    ///   - x0, noise: `[batch, height, width, channels]` in f32.
    ///   - times: One a sample, of ``DenoisingLoss/time(_:)``.
    ///   - captions: One a sample.
    ///   - views: What samples show of their pictures, one each.
    func loss(
        x0: Tensor, noise: Tensor, times: [DenoisingLoss.Time], captions: [String],
        views: [PictureView]
    ) throws -> Tensor {
        let (x, target) = noising.noisy(x0, noise, times.map(\.level))
        let said = try model.denoiser(
            x.cast(to: precision), timesteps: times.map(\.timestep),
            conditions(captions, views))
        return noising(said, target, weights: times.map { noising.weight($0.level) })
    }

    private func conditions(
        _ captions: [String], _ views: [PictureView]
    ) -> DenoiserConditions {
        let text = model.text(captions, type: precision)
        let isXL = model.denoiser.numberWidth != nil
        var given = DenoiserConditions(
            text: TextContext(text.states.cast(to: precision)), added: isXL ? text.pooled : nil)
        given.recomputes = recomputes
        if let count = model.numberCount {
            given.numbers = views.map { MicroConditions($0).numbers(count) }
        }
        return given
    }
}

extension MicroConditions {
    /// What is told of a picture: the size of its file and where it was cut (Podell et al. 2023,
    /// section 2.2).
    init(_ view: PictureView) {
        self.init(
            originalSize: (view.original.height, view.original.width), crop: (view.top, view.left),
            targetSize: (view.shape.height, view.shape.width), aestheticScore: 6)
    }

    /// A square picture that was neither scaled nor cut.
    init(wholePicture side: Int) {
        self.init(
            originalSize: (side, side), crop: (0, 0), targetSize: (side, side), aestheticScore: 6)
    }
}
