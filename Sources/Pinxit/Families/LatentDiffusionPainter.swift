import PinxitCLIP
import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Draws what the denoiser is given beside the text for a picture, `[1, features]`, from the
/// picture's own random numbers.
typealias PictureCondition = (_ number: Int, inout NoiseGenerator) throws -> Tensor

/// The pictures of one request to a latent diffusion model.
final class LatentDiffusionPainter: PicturePainter {
    private let painter: LatentPainter
    private let sampling: LatentSampling
    private let request: ResolvedRequest
    private let condition: PictureCondition?
    private let refiner: LatentPainter?
    private let second: HiresPass?
    private let controlNets: [ControlNetwork]
    private let imagePrompt: ImagePrompt?
    private let canvas: PaintCanvas?
    private let edit: LatentEdit?
    /// Where pictures come from that begin with the noise of others.
    private let origins: PictureOrigins?
    private let settings: ResolvedRequest.Diffusion
    private let witness: PictureWitness?
    private(set) var warnings: [String]

    private var model: LatentDiffusion { painter.model }

    /// - Parameters:
    ///   - family: The model, and the networks beside it.
    ///   - edit: The picture that is changed; nil for none.
    ///   - seen: Pictures whose noise the painting begins with.
    ///   - condition: Draws what the denoiser is given beside the text, where it takes that.
    init(
        _ family: LatentDiffusionFamily, _ request: ResolvedRequest,
        _ settings: ResolvedRequest.Diffusion, _ watch: PaintWatch, edit: PictureEdit? = nil,
        seen: [SeenPicture] = [], condition: PictureCondition? = nil
    ) throws {
        let (model, controlNets) = (family.model, family.controlNets)
        self.request = request
        self.condition = condition
        self.controlNets = controlNets
        let imagePrompt = watch.measure(\.encoding) {
            family.prompter?.prompt(settings.imagePrompt, model, request.precision.type)
        }
        self.imagePrompt = imagePrompt
        func controls(_ size: PictureSize) -> LatentControls? {
            watch.measure(\.encoding) {
                LatentControls(controlNets, settings, size, request.precision, edit?.canvas)
            }
        }
        self.settings = settings
        let witness = watch.options.explaining.map {
            PictureWitness(pictureInterval: $0.pictureInterval)
        }
        self.witness = witness
        var sampling = settings.sampling(request.precision)
        if let share = settings.refinerAt { sampling.part = .until(share) }
        self.sampling = sampling
        // The picture whose layout is held is drawn beside.
        let layout = LayoutControl(settings.layout, request.prompt, model, settings.text)
        guard layout == nil || witness == nil else {
            throw PaintError.request(
                field: "explaining", problem: "a picture with another's layout is not explained")
        }
        let prompts = [layout == nil ? nil : settings.layout.sentence, request.prompt]
            .compactMap(\.self)
        func painter(
            _ model: LatentDiffusion, _ sampling: LatentSampling, _ controls: LatentControls? = nil,
            _ imagePrompt: ImagePrompt? = nil
        ) -> LatentPainter {
            watch.measure(\.text) {
                LatentPainter(
                    model, sampling, prompts: prompts,
                    negativePrompts: prompts.map { _ in request.negativePrompt },
                    controls: controls, imagePrompt: imagePrompt,
                    control: layout ?? witness?.explainer)
            }
        }
        let size = PictureSize(width: request.width, height: request.height)
        self.painter = painter(model, sampling, controls(size), imagePrompt)
        if let share = settings.refinerAt { sampling.part = .from(share) }
        // What a user says of a network is of the first.
        sampling.prediction = nil
        refiner = family.refiner.map { painter($0, sampling) }
        second = settings.hires.map { hires in
            var again = settings.second(hires).sampling(request.precision)
            again.firstSteps = settings.steps
            return HiresPass(
                painter(model, again, controls(hires.size), imagePrompt), hires,
                family.upscaler, request.precision)
        }
        canvas = edit?.canvas
        self.edit = try watch.measure(\.encoding) {
            try edit?.canvas.edit(model, strength: edit?.strength ?? 1, request.precision)
        }
        let plain = self.sampling.plain
        origins = try watch.measure(\.encoding) {
            try Self.savingMemory(model) {
                try PictureOrigins(seen, request) {
                    LatentPainter(model, plain, prompts: [""], negativePrompts: [""])
                }
            }
        }
        let notes = settings.sampler == model.scheduler.sampler ? model.scheduler.notes : []
        warnings = notes + model.warnings(about: request, settings, canChunk: condition == nil)
        if let merging = model.mergingWarning(request, settings) { warnings.append(merging) }
    }

    func paint(_ number: Int, seed: UInt32, _ watch: PaintWatch) throws -> PaintedImage {
        try Self.savingMemory(model) { try painted(number, seed, watch) }
    }

    /// Keeps little storage for later use where memory is to be saved.
    private static func savingMemory<Result, Failure: Error>(
        _ model: LatentDiffusion, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard model.isStreamed else { return try body() }
        return try StoragePool.shared.limitingWaiting(to: 32 << 20, body)
    }

    private func painted(
        _ number: Int, _ seed: UInt32, _ watch: PaintWatch
    ) throws -> PaintedImage {
        var generator = NoiseGenerator(seed: UInt64(seed), settings.noise)
        let added = try watch.measure(\.text) { try condition?(number, &generator) }
        func draw() -> Tensor {
            model.noise(request.width, request.height, &generator)
        }
        let way = way(number, seed)
        let painter = way.map { self.painter(on: $0, watch) } ?? self.painter
        let shape = model.latentShape(width: request.width, height: request.height)
        func noise() -> Tensor {
            if let way { return way.noise(shape, settings.noise) }
            let fresh = led(number)(draw())
            return origins?.noise(number, fresh: fresh) ?? fresh
        }
        let start =
            edit?.start(drawing: draw, led: led(number)) ?? LatentStart(noise: noise())
        let total = [painter, refiner, second?.painter].reduce(0) {
            $0 + ($1?.plan.steps.count ?? 0)
        }
        func tell(_ step: SamplingProgress, after before: Int) throws {
            let done = before + step.done
            try watch.verify("step \(done) of \(total)")
            func picture() throws -> Picture { try self.decoded(step.clean.lastRow).picture }
            try witness?.step(done, of: total, picture)
            try watch.step(done, of: total, preview: picture)
        }
        let rows = settings.layout.sentence == nil ? 1 : 2
        func repeated(_ x: Tensor) -> Tensor {
            rows == 1 ? x : concatenate([Tensor](repeating: x, count: rows), axis: 0)
        }
        witness?.begin(watch.times)
        func sampled() throws -> Tensor {
            let latents = try watch.measure(\.sampling) {
                let x = try painter.latents(
                    continuing: repeated(start.x(painter.plan)), start, added: added.map(repeated),
                    seed: UInt64(seed), drawing: { repeated(draw()) }
                ) { try tell($0, after: 0) }.lastRow
                guard let refiner else { return x }
                return try refiner.latents(
                    continuing: x, start, seed: UInt64(seed), drawing: draw
                ) { try tell($0, after: painter.plan.steps.count) }
            }
            guard let second else { return latents }
            return try enlarged(latents, second, number, added: added, seed, watch) {
                try tell($0, after: painter.plan.steps.count)
            }
        }
        let latents = try PackedWeights.usedOnce(
            total * request.count <= Self.fewUses, sampled)
        return try finished(latents, from: start.noise, number, watch)
    }

    /// The picture that latents show, with what is told of it.
    private func finished(
        _ latents: Tensor, from noise: Tensor, _ number: Int, _ watch: PaintWatch
    ) throws -> PaintedImage {
        if let witness { watch.move(toExplaining: witness.seconds) }
        try watch.verify(latents, "latents")
        if watch.isLast(number) {
            model.denoiser.forgetPackedWeights()
            refiner?.model.denoiser.forgetPackedWeights()
            for net in controlNets { net.forgetPackedWeights() }
        }
        Self.trimPool()
        let (picture, image) = try watch.measure(\.decoding) { try decoded(latents) }
        try watch.verify(image, "picture")
        var painted = PaintedImage(picture: picture)
        painted.explanation = watch.measure(\.explaining) {
            witness?.explanation(request, settings, model, watch.times)
        }
        guard watch.options.keepingTensors else { return painted }
        painted.tensors = PaintTensors(
            noise: noise.channelsFirst, latents: latents.channelsFirst,
            image: image.channelsFirst)
        return painted
    }

    /// So few uses of a weight are quicker without keeping it packed; with two it makes no
    /// difference in time, and a quarter of the memory.
    private static let fewUses = 2

    /// A second pass, which draws as if it were the first of its seed.
    private func enlarged(
        _ latents: Tensor, _ pass: HiresPass, _ number: Int, added: Tensor?, _ seed: UInt32,
        _ watch: PaintWatch, onStep: OnStep
    ) throws -> Tensor {
        try watch.verify(latents, "latents")
        var generator = NoiseGenerator(seed: UInt64(seed), settings.noise)
        func draw() -> Tensor { model.noise(pass.size.width, pass.size.height, &generator) }
        let start = try watch.measure(\.encoding) {
            try pass.start(
                latents, decoded: { try decoded(latents).picture }, draw: draw, led: led(number))
        }
        return try watch.measure(\.sampling) {
            try pass.painter.latents(
                from: start, added: added, seed: UInt64(seed), drawing: draw, onStep: onStep)
        }
    }

    /// Leads a picture's noise to a variation's seed.
    private func led(_ number: Int) -> (Tensor) -> Tensor {
        { [settings] noise in
            settings.variation?.led(noise, picture: number, settings.noise) ?? noise
        }
    }

    /// By the last model's decoder. Where numbers overflow in it, f32 has room for them.
    private func decoded(_ latents: Tensor) throws -> (picture: Picture, image: Tensor) {
        let painter = refiner ?? painter
        var image = try painter.decode(latents)
        if request.precision != .f32, image.firstNonFinite != nil, latents.firstNonFinite == nil {
            image = try painter.decode(latents, type: .f32)
            let note = "the picture was decoded in f32: in \(request.precision) it is not finite"
            if !warnings.contains(note) { warnings.append(note) }
        }
        let picture = Picture.pictures(from: image)[0]
        return (canvas?.finished(picture) ?? picture, image)
    }

    /// The way that a frame lies on; nil for pictures that stand alone.
    private func way(_ number: Int, _ seed: UInt32) -> PromptWay? {
        guard case .interpolation(let others, let frames) = request.source else { return nil }
        return PromptWay(
            [request.prompt] + others, frame: number, framesBetween: frames, seed: seed)
    }

    private func painter(on way: PromptWay, _ watch: PaintWatch) -> LatentPainter {
        watch.measure(\.text) {
            LatentPainter(
                model, sampling, prompts: [way.from], negativePrompts: [request.negativePrompt],
                imagePrompt: imagePrompt, control: witness?.explainer,
                toward: (way.to, Float(way.place)))
        }
    }

    /// Gives back what large steps used: decoding needs memory of other sizes.
    private static func trimPool() {
        let statistics = StoragePool.shared.statistics
        if statistics.reserved - statistics.inUse > 128 << 20 { StoragePool.shared.trim() }
    }
}

extension LayoutControl {
    /// Nil where no layout is held.
    fileprivate convenience init?(
        _ options: LayoutOptions, _ prompt: String, _ model: LatentDiffusion,
        _ reading: TextReading
    ) {
        guard let sentence = options.sentence, let tokenizer = model.text.firstTokenizer else {
            return nil
        }
        self.init(
            Alignment(
                prompt, other: sentence, tokenizer, reading, weights: options.weights),
            cross: options.crossShare ?? 0.8, itself: options.selfShare ?? 0.4)
    }
}

extension LatentDiffusion {
    /// Standard normal latents of a picture of so many pixels, drawn in PyTorch's order, channels
    /// first.
    fileprivate func noise(
        _ width: Int, _ height: Int, _ generator: inout NoiseGenerator
    ) -> Tensor {
        generator.latents(latentShape(width: width, height: height))
    }
}

extension Tensor {
    /// The last sample of a batch alone.
    fileprivate var lastRow: Tensor {
        shape[0] == 1 ? self : sliced(axis: 0, shape[0] - 1..<shape[0])
    }

    /// `[batch, channels, height, width]` from `[batch, height, width, channels]`.
    fileprivate var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}
