import PinxitCLIP
import PinxitCLIPGAN
import PinxitCheckpoints
import PinxitImages
import PinxitTensors

/// Painting with a CLIP-conditioned GAN: one pass of the generator a picture.
struct CLIPGANFamily: PaintingFamily {
    let model: CLIPGANPipeline

    init(_ folder: ModelFolder, _ options: LoadOptions) throws {
        model = try CLIPGANPipeline(folder: folder.path, options)
    }

    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan {
        switch request.source {
        case .text, .interpolation: break
        case .image, .inpaint: try request.source.refuseEditing()
        case .variation, .blend: try request.source.refusePictures()
        }
        let side = model.generator.configuration.pictureSize
        try request.checkSize(is: side)
        try request.checkPrecision(for: .gan)
        let settings = ResolvedRequest.GAN(request)
        let resolved = ResolvedRequest(
            request, common, width: side, height: side, .gan(settings))
        return PaintPlan(request: resolved) { [model] watch in
            try CLIPGANPainter(model, resolved, settings, watch)
        }
    }
}

/// The pictures of one request to a GAN.
private final class CLIPGANPainter: PicturePainter {
    private let model: CLIPGANPipeline
    private let request: ResolvedRequest
    private let truncation: Double
    /// The embeddings of all prompts, `[prompts, features]`.
    private let texts: Tensor
    let warnings: [String]

    init(
        _ model: CLIPGANPipeline, _ request: ResolvedRequest, _ settings: ResolvedRequest.GAN,
        _ watch: PaintWatch
    ) throws {
        self.model = model
        self.request = request
        truncation = settings.truncation
        var prompts = [request.prompt]
        if case .interpolation(let others, _) = request.source {
            prompts += others
            guard watch.options.explaining == nil else {
                throw PaintError.request(
                    field: "explaining", problem: "a frame on the way between two is not explained")
            }
        }
        warnings = prompts.compactMap(model.clip.tokenizer.warningOfCut)
        texts = watch.measure(\.text) { model.clip.embed(texts: prompts) }
    }

    func paint(_ number: Int, seed: UInt32, _ watch: PaintWatch) throws -> PaintedImage {
        let (noise, text) = inputs(number, seed)
        let before = watch.times
        let image = watch.measure(\.sampling) {
            model.paint(
                noise: noise, text: text, truncation: Float(truncation),
                type: request.precision.type)
        }
        try watch.verify(image, "picture")
        try watch.step(1, of: 1)
        var painted = PaintedImage(picture: Picture.pictures(from: image)[0])
        guard watch.options.explaining != nil else { return painted }
        let times = watch.times.since(before)
        painted.explanation = watch.measure(\.explaining) {
            let next = (1...GANWitness.seeds).map { draw(seed &+ UInt32($0)) }
            return GANWitness(
                model: model, request: request, truncation: truncation, picture: painted.picture,
                noise: noise, text: text, next: next
            ).explanation(times)
        }
        painted.explanation?.times = watch.times.since(before)
        return painted
    }

    /// Noise `[1, N]` and text `[1, features]` of a picture. On the way through prompts both go
    /// from one's to the next's, on the shortest arc. Each prompt has noise of its own.
    private func inputs(_ number: Int, _ seed: UInt32) -> (noise: Tensor, text: Tensor) {
        guard case .interpolation(let others, let frames) = request.source else {
            return (draw(seed), texts)
        }
        let start = min((number - 1) / frames, others.count - 1)
        let place = Double(number - 1 - start * frames) / Double(frames)
        func text(_ row: Int) -> Tensor { texts.sliced(axis: 0, row..<row + 1) }
        func noise(_ row: Int) -> Tensor { draw(seed &+ UInt32(truncatingIfNeeded: row)) }
        return (
            sphericallyInterpolated(noise(start), noise(start + 1), at: place),
            sphericallyInterpolated(text(start), text(start + 1), at: place)
        )
    }

    /// z, `[1, N]`, in PyTorch's order of drawing.
    private func draw(_ seed: UInt32) -> Tensor {
        var generator = TorchGenerator(seed: UInt64(seed))
        return generator.normal([1, model.generator.configuration.noiseSize])
    }
}
