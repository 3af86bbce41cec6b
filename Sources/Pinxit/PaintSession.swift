import Images
import Samplers
import Tensors

/// One request being painted, on the engine's thread.
final class PaintSession {
    let model: LatentDiffusion
    let plan: SamplingPlan
    let request: PaintRequest
    let keeping: Bool
    private let check: NumericsCheck?
    private var times = PaintTimes()
    private var warnings: [String]

    /// - Parameter request: With everything filled in.
    init(
        model: LatentDiffusion, scheduler: SchedulerConfiguration, request: PaintRequest,
        keeping: Bool, checkingNumerics: Bool = false
    ) {
        self.model = model
        self.request = request
        self.keeping = keeping
        check = checkingNumerics ? NumericsCheck() : nil
        plan = SamplingPlan(scheduler, sampler: request.sampler, steps: request.steps!)
        warnings = request.sampler == scheduler.sampler ? scheduler.notes : []
    }

    func run(_ onProgress: (PaintProgress) throws -> Void) throws -> Painting {
        guard let check else { return try paintAll(onProgress) }
        return try Engine.observed(by: check) { try paintAll(onProgress) }
    }

    private func paintAll(_ onProgress: (PaintProgress) throws -> Void) throws -> Painting {
        let denoise = measure(\.text) { denoiser() }
        try check?.verify("text")
        var pictures: [PaintedPicture] = []
        for index in 0..<request.count {
            let picture = try paint(index, denoise, onProgress)
            pictures.append(picture)
            try onProgress(.painted(picture, index: index))
        }
        return Painting(request: request, pictures: pictures, times: times, warnings: warnings)
    }

    /// The U-Net with the prompt, guided if it is to be.
    private func denoiser() -> Denoise {
        let scale = Float(request.guidanceScale!)
        let type = request.precision!.type
        let isQuantised = request.precision == .int8
        noteCuts(request.prompt)
        guard scale > 1 else {
            let states = model.states([request.prompt], type: type)
            return Samplers.denoiser(
                plan.prediction, model.network(states, isQuantised: isQuantised))
        }
        noteCuts(request.negativePrompt)
        let states = model.states([request.negativePrompt, request.prompt], type: type)
        return Samplers.denoiser(
            plan.prediction, guided(scale, model.network(states, isQuantised: isQuantised)))
    }

    /// Says which words do not fit the text encoder.
    private func noteCuts(_ text: String) {
        let tokens = model.tokenizer.tokens(text)
        let room = model.tokenizer.modelMaxLength - 2
        guard tokens.count > room else { return }
        let lost = model.tokenizer.decode(tokens.dropFirst(room))
        warnings.append("only \(room) tokens of the text fit; left out: \"\(lost)\"")
    }

    private func paint(
        _ index: Int, _ denoise: Denoise, _ onProgress: (PaintProgress) throws -> Void
    ) throws -> PaintedPicture {
        let seed = request.seed(ofPicture: index)
        var generator = TorchGenerator(seed: UInt64(seed))
        let shape: Shape = [
            1, model.channels, request.height! / model.scale, request.width! / model.scale,
        ]
        // Drawn in PyTorch's order, channels first.
        func draw() -> Tensor { generator.normal(shape).permuted([0, 2, 3, 1]) }
        let noise = draw()
        let latents = try measure(\.sampling) {
            try plan.sample(from: noise, drawing: draw, denoise: denoise) { step in
                try Task.checkCancellation()
                try check?.verify("step \(step.done) of \(step.total)")
                try onProgress(
                    .step(step.done, of: step.total, picture: index + 1, count: request.count))
            }
        }
        let image = measure(\.decoding) { model.decode(latents, type: request.precision!.type) }
        try check?.verify("decoding")
        return PaintedPicture(
            picture: Picture.pictures(from: image)[0], seed: seed,
            tensors: keeping
                ? PaintTensors(
                    noise: noise.channelsFirst, latents: latents.channelsFirst,
                    image: image.channelsFirst) : nil)
    }

    private func measure<Result>(
        _ stage: WritableKeyPath<PaintTimes, Double>, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        times[keyPath: stage] += (ContinuousClock.now - start) / .seconds(1)
        return result
    }
}

extension Tensor {
    /// `[batch, channels, height, width]` from `[batch, height, width, channels]`.
    var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}
