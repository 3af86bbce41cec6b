import PinxitCLIP
import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Draws what the denoiser is given beside the text for a picture, `[1, features]`, from the
/// picture's own random numbers.
typealias PictureCondition = (_ number: Int, inout TorchGenerator) throws -> Tensor

/// The pictures of one request to a latent diffusion model.
final class LatentDiffusionPainter: PicturePainter {
    private let painter: LatentPainter
    private let request: ResolvedRequest
    private let condition: PictureCondition?
    let warnings: [String]

    private var model: LatentDiffusion { painter.model }

    init(
        _ model: LatentDiffusion, _ request: ResolvedRequest,
        _ settings: ResolvedRequest.Diffusion, _ watch: PaintWatch,
        condition: PictureCondition? = nil
    ) {
        self.request = request
        self.condition = condition
        painter = watch.measure(\.text) {
            LatentPainter(
                model, settings.sampling(request.precision), prompts: [request.prompt],
                negativePrompts: [request.negativePrompt])
        }
        let notes = settings.sampler == model.scheduler.sampler ? model.scheduler.notes : []
        let texts = [request.prompt] + (settings.guidanceScale > 1 ? [request.negativePrompt] : [])
        warnings = notes + texts.compactMap(model.text.warning)
    }

    func paint(_ number: Int, seed: UInt32, _ watch: PaintWatch) throws -> PaintedImage {
        guard model.isStreamed else { return try painted(number, seed, watch) }
        return try StoragePool.shared.limitingWaiting(to: 32 << 20) {
            try painted(number, seed, watch)
        }
    }

    private func painted(
        _ number: Int, _ seed: UInt32, _ watch: PaintWatch
    ) throws -> PaintedImage {
        var generator = TorchGenerator(seed: UInt64(seed))
        let shape = model.latentShape(width: request.width, height: request.height)
        let added = try watch.measure(\.text) { try condition?(number, &generator) }
        // Drawn in PyTorch's order, channels first.
        func draw() -> Tensor {
            generator.normal([1, shape[3], shape[1], shape[2]]).permuted([0, 2, 3, 1])
        }
        let noise = draw()
        let latents = try watch.measure(\.sampling) {
            try painter.latents(
                from: noise, added: added, seed: UInt64(seed), drawing: draw
            ) { step in
                try watch.verify("step \(step.done) of \(step.total)")
                try watch.step(step.done, of: step.total) { try self.decoded(step.clean).picture }
            }
        }
        try watch.verify(latents, "latents")
        if watch.isLast(number) { model.denoiser.forgetPackedWeights() }
        Self.trimPool()
        let (picture, image) = try watch.measure(\.decoding) { try decoded(latents) }
        try watch.verify(image, "picture")
        guard watch.options.keepingTensors else { return PaintedImage(picture: picture) }
        return PaintedImage(
            picture: picture,
            tensors: PaintTensors(
                noise: noise.channelsFirst, latents: latents.channelsFirst,
                image: image.channelsFirst))
    }

    private func decoded(_ latents: Tensor) throws -> (picture: Picture, image: Tensor) {
        let image = try painter.decode(latents)
        return (Picture.pictures(from: image)[0], image)
    }

    /// Gives back what large steps used: decoding needs memory of other sizes.
    private static func trimPool() {
        let statistics = StoragePool.shared.statistics
        if statistics.reserved - statistics.inUse > 128 << 20 { StoragePool.shared.trim() }
    }
}

extension Tensor {
    /// `[batch, channels, height, width]` from `[batch, height, width, channels]`.
    fileprivate var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}
