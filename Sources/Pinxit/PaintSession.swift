import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// One request being painted, on the engine's thread.
final class PaintSession {
    let model: LatentDiffusion
    let plan: SamplingPlan
    let request: PaintRequest
    private let options: PaintOptions
    private let condition: PictureCondition?
    /// Of the present picture.
    private var classVector: Tensor?
    /// The latest guess of the latents without noise.
    private var guess: Tensor?
    private let check: NumericsCheck?
    private var deepCaches: [DeepCache] = []
    private var mergings: [TokenMerging] = []
    private var times = PaintTimes()
    private var warnings: [String]

    /// - Parameters:
    ///   - request: With everything filled in.
    ///   - condition: What the U-Net is given beside the text, if it takes that.
    init(
        model: LatentDiffusion, scheduler: SchedulerConfiguration, request: PaintRequest,
        options: PaintOptions, condition: PictureCondition? = nil
    ) {
        self.model = model
        self.request = request
        self.options = options
        self.condition = condition
        check = options.checkingNumerics ? NumericsCheck() : nil
        plan = SamplingPlan(scheduler, sampler: request.sampler, steps: request.steps!)
        warnings = request.sampler == scheduler.sampler ? scheduler.notes : []
    }

    func run(_ onProgress: (PaintProgress) throws -> Void) throws -> Painting {
        guard model.isStreamed else { return try checked(onProgress) }
        return try StoragePool.shared.limitingWaiting(to: 32 << 20) { try checked(onProgress) }
    }

    private func checked(_ onProgress: (PaintProgress) throws -> Void) throws -> Painting {
        guard let check else { return try paintAll(onProgress) }
        return try Engine.observed(by: check) { try paintAll(onProgress) }
    }

    private func paintAll(_ onProgress: (PaintProgress) throws -> Void) throws -> Painting {
        let denoise = times.measure(\.text) { denoiser() }
        try verify("text")
        var pictures: [PaintedPicture] = []
        for index in 0..<request.count {
            let picture = try paint(index, denoise, onProgress)
            pictures.append(picture)
            try onProgress(.painted(picture, index: index))
        }
        return Painting(request: request, pictures: pictures, times: times, warnings: warnings)
    }

    /// - Throws: `PaintError.numerics` if anything so far was not finite.
    private func verify(_ stage: String) throws(PaintError) {
        if let found = check?.found { throw .numerics(stage: stage, operation: found) }
    }

    /// The U-Net with the prompt, guided if it is to be.
    private func denoiser() -> Denoise {
        let scale = Float(request.guidanceScale!)
        let type = request.precision!.type
        noteCuts(request.prompt)
        guard scale > 1 else {
            return PinxitSamplers.denoiser(
                plan.prediction, network(model.states([request.prompt], type: type)))
        }
        noteCuts(request.negativePrompt)
        let states = model.states([request.negativePrompt, request.prompt], type: type)
        let whole = PinxitSamplers.denoiser(plan.prediction, guided(scale, network(states)))
        guard let interval = request.guidanceInterval else { return whole }
        let plain = PinxitSamplers.denoiser(plan.prediction, network(states.sliced(axis: 0, 1..<2)))
        return { [plan] x, step in
            // The middle of the step's place among all.
            let place =
                (Double(plan.steps.firstIndex(of: step) ?? 0) + 0.5) / Double(plan.steps.count)
            return try (interval.contains(place) ? whole : plain)(x, step)
        }
    }

    private func network(_ states: Tensor) -> Network {
        let cache = request.deepCacheInterval.map { DeepCache(interval: $0) }
        if let cache { deepCaches.append(cache) }
        let merging = request.tokenMerging.map { TokenMerging(ratio: $0) }
        if let merging { mergings.append(merging) }
        return model.network(
            states, isQuantised: request.precision == .int8, deepCache: cache,
            tokenMerging: merging
        ) { [unowned self] in vectors(states.shape[0]) }
    }

    /// The present picture's class vector, and before it zeros for the text that guidance leads away from.
    private func vectors(_ texts: Int) -> Tensor? {
        classVector.map { texts == 1 ? $0 : concatenate([.zeros($0.shape), $0], axis: 0) }
    }

    /// Says which words do not fit the text encoder.
    private func noteCuts(_ text: String) {
        if let warning = model.tokenizer.warningOfCut(text) { warnings.append(warning) }
    }

    private func paint(
        _ index: Int, _ denoise: @escaping Denoise, _ onProgress: (PaintProgress) throws -> Void
    ) throws -> PaintedPicture {
        for cache in deepCaches { cache.reset() }
        let seed = request.seed(ofPicture: index)
        for merging in mergings { merging.reset(seed: UInt64(seed)) }
        var generator = TorchGenerator(seed: UInt64(seed))
        let shape: Shape = [
            1, model.channels, request.height! / model.scale, request.width! / model.scale,
        ]
        classVector = try times.measure(\.text) { try condition?(&generator) }
        // Drawn in PyTorch's order, channels first.
        func draw() -> Tensor { generator.normal(shape).permuted([0, 2, 3, 1]) }
        let noise = draw()
        let latents = try times.measure(\.sampling) {
            try plan.sample(from: noise, drawing: draw, denoise: watched(denoise)) { step in
                try Task.checkCancellation()
                try verify("step \(step.done) of \(step.total)")
                try onProgress(
                    .step(step.done, of: step.total, picture: index + 1, count: request.count))
                guard let guess, step.done % options.previewInterval! == 0, step.done < step.total
                else { return }
                try onProgress(
                    .preview(
                        decoded(guess).picture, step: step.done, of: step.total, index: index,
                        seed: seed))
            }
        }
        guess = nil
        if options.isLast, index == request.count - 1 { model.unet.forgetPackedWeights() }
        trimPool()
        let (picture, image) = times.measure(\.decoding) { decoded(latents) }
        try verify("decoding")
        return PaintedPicture(
            picture: picture, seed: seed,
            tensors: options.keepingTensors
                ? PaintTensors(
                    noise: noise.channelsFirst, latents: latents.channelsFirst,
                    image: image.channelsFirst) : nil)
    }

    private func decoded(_ latents: Tensor) -> (picture: Picture, image: Tensor) {
        let image = model.decode(latents, type: request.precision!.type)
        return (Picture.pictures(from: image)[0], image)
    }

    /// Keeps what is guessed, if it is to be shown.
    private func watched(_ denoise: @escaping Denoise) -> Denoise {
        guard options.previewInterval != nil else { return denoise }
        return { [unowned self] x, step in
            let result = try denoise(x, step)
            guess = result
            return result
        }
    }

    /// Gives back what large steps used: decoding needs memory of other sizes.
    private func trimPool() {
        let statistics = StoragePool.shared.statistics
        if statistics.reserved - statistics.inUse > 128 << 20 { StoragePool.shared.trim() }
    }
}

extension Tensor {
    /// `[batch, channels, height, width]` from `[batch, height, width, channels]`.
    var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}
