import PinxitCLIP
import PinxitSamplers
import PinxitTensors

// Legend: B prompts, H W latent height and width, C latent channels, A features beside the text.

/// Draws the latents of given prompts: text is encoded once, and what the denoiser makes of it is
/// shared by all steps and all pictures.
///
/// Used on the engine's thread only.
package final class LatentPainter {
    package let model: LatentDiffusion
    package let plan: SamplingPlan
    private let sampling: LatentSampling
    private let prompts: Int
    private var denoise: Denoise = { x, _ in x }
    /// `[B, A]`, of the pictures at hand.
    private var added: Tensor?
    /// `[1, H, W, K]`, of the pictures at hand: what the denoiser is given beside the latents.
    private var beside: Tensor?
    private var deepCaches: [DeepCache] = []
    private var mergings: [TokenMerging] = []

    /// - Parameters:
    ///   - prompts: One for each sample of a batch.
    ///   - negativePrompts: As many, which guidance leads away from.
    /// - Precondition: the sampling has a ``LatentSampling/plan(_:)`` for the model.
    package init(
        _ model: LatentDiffusion, _ sampling: LatentSampling, prompts: [String],
        negativePrompts: [String]
    ) {
        precondition(
            prompts.count == negativePrompts.count,
            "\(prompts.count) prompts, \(negativePrompts.count) negative ones")
        self.model = model
        self.sampling = sampling
        self.prompts = prompts.count
        guard let plan = sampling.plan(model.scheduler) else {
            preconditionFailure("no step of \(sampling.steps) lies in \(sampling.part)")
        }
        self.plan = plan
        denoise = denoiser(prompts, negativePrompts)
    }

    /// Draws from pure noise, or from a picture with some.
    ///
    /// - Parameters:
    ///   - start: The noise, and the picture if there is one.
    ///   - added: What the denoiser is given beside the text, `[B, A]`, if it takes that.
    ///   - seed: Decides what is drawn beside the noise: which tokens are merged.
    ///   - drawing: Draws more noise, for samplers that add some as they go.
    ///   - onStep: Called after each step; throwing ends the sampling.
    /// - Returns: Latents without noise, `[B, H, W, C]` in f32.
    package func latents(
        from start: LatentStart, added: Tensor? = nil, seed: UInt64 = 0,
        drawing: () throws -> Tensor = unneeded, onStep: OnStep = { _ in }
    ) throws -> Tensor {
        try latents(
            continuing: start.x(plan), start, added: added, seed: seed, drawing: drawing,
            onStep: onStep)
    }

    /// Goes on where another painter's part of the plan ends.
    ///
    /// - Parameters:
    ///   - x: With the noise of this plan's first step, `[B, H, W, C]` in f32.
    ///   - start: What the other painter started from.
    package func latents(
        continuing x: Tensor, _ start: LatentStart, added: Tensor? = nil, seed: UInt64 = 0,
        drawing: () throws -> Tensor = unneeded, onStep: OnStep = { _ in }
    ) throws -> Tensor {
        for cache in deepCaches { cache.reset() }
        for merging in mergings { merging.reset(seed: seed) }
        (self.added, beside) = (added, start.beside)
        defer { (self.added, beside) = (nil, nil) }
        return try plan.sample(
            x, drawing: drawing, afterStep: start.afterStep, denoise: denoise, onStep: onStep)
    }

    /// One guess of the latents without noise, guided as the plan's steps are: for measuring.
    package func denoised(_ x: Tensor, _ step: SamplingStep) throws -> Tensor {
        try denoise(x, step)
    }

    /// Pictures `[B, height, width, 3]` in f32 from latents; see
    /// ``LatentDiffusion/decode(_:type:)``.
    package func decode(_ latents: Tensor) throws(CancellationError) -> Tensor {
        try model.decode(latents, type: sampling.type)
    }

    /// The denoiser with the prompts, guided if it is to be.
    private func denoiser(_ prompts: [String], _ negativePrompts: [String]) -> Denoise {
        guard sampling.guidanceScale > 1, !model.denoiser.isToldGuidance else {
            return plan.denoiser(network(own(prompts)))
        }
        let both = own(prompts, leadingAwayFrom: negativePrompts)
        let network = network(both)
        let guidance =
            model.task == .instruction
            ? guided(sampling.guidanceScale, picture: sampling.imageGuidanceScale, network)
            : guided(sampling.guidanceScale, network)
        let whole = plan.denoiser(guidance)
        guard sampling.guidanceInterval != 0...1 else { return whole }
        let plain = plan.denoiser(
            self.network(both.sliced(both.count - prompts.count..<both.count)))
        return { [plan, interval = sampling.guidanceInterval] x, step in
            // The middle of the step's place among all.
            let place =
                (Double(plan.steps.firstIndex(of: step) ?? 0) + 0.5) / Double(plan.steps.count)
            return try (interval.contains(place) ? whole : plain)(x, step)
        }
    }

    private func own(_ prompts: [String]) -> TextVectors {
        let text = model.text(prompts, type: sampling.type)
        return TextVectors(text, numbers: numbers(sampling.micro?.own, prompts.count))
    }

    /// Before the prompts' the vectors of as many texts that guidance leads away from; twice as
    /// many for a model that is guided by a picture too.
    private func own(
        _ prompts: [String], leadingAwayFrom given: [String]
    ) -> TextVectors {
        let negativePrompts = model.task == .instruction ? given + given : given
        let text = model.text(negativePrompts + prompts, type: sampling.type)
        var vectors = TextVectors(
            text,
            numbers: numbers(sampling.micro?.negative, negativePrompts.count)
                + numbers(sampling.micro?.own, prompts.count))
        if model.forcesZeros {
            vectors.clear(negativePrompts.indices.filter { negativePrompts[$0].isEmpty })
        }
        return vectors
    }

    private func numbers(_ conditions: MicroConditions?, _ samples: Int) -> [[Float]] {
        guard let count = model.numberCount, let conditions else { return [] }
        return [[Float]](repeating: conditions.numbers(count), count: samples)
    }

    /// The denoiser for given texts, computing in their states' type between latents in f32.
    private func network(_ text: TextVectors) -> Network {
        var given = DenoiserConditions(text: TextContext(text.states))
        given.numbers = text.numbers
        if model.denoiser.isToldGuidance { given.guidance = sampling.guidanceScale - 1 }
        if sampling.deepCacheInterval > 1 {
            let cache = DeepCache(interval: sampling.deepCacheInterval)
            deepCaches.append(cache)
            given.deepCache = cache
        }
        if sampling.tokenMerging > 0 {
            let merging = TokenMerging(ratio: sampling.tokenMerging)
            mergings.append(merging)
            given.tokenMerging = merging
        }
        let pooled = model.denoiser.numberWidth == nil ? nil : text.pooled
        return { [unowned self, model, sampling, given] x, timestep in
            var given = given
            given.added = pooled ?? vectors(x.shape[0])
            let timesteps = [Float](repeating: timestep, count: x.shape[0])
            let input = withPicture(x).cast(to: text.states.type)
            return try Quantisation.using(sampling.isQuantised) { () throws(CancellationError) in
                try model.denoiser(input, timesteps: timesteps, given)
            }.cast(to: .f32)
        }
    }

    /// The latents with what the denoiser is given beside them. A third of a batch that is guided
    /// by words and picture goes without the picture: the first.
    private func withPicture(_ x: Tensor) -> Tensor {
        guard let beside else { return x }
        let isThreefold = model.task == .instruction && x.shape[0] == 3 * prompts
        let without = isThreefold ? prompts : 0
        let rows =
            [Tensor](repeating: beside * 0, count: without)
            + [Tensor](repeating: beside, count: x.shape[0] - without)
        return concatenate([x, concatenate(rows, axis: 0)], axis: 3)
    }

    /// What is given beside the text, and before it zeros for the texts that guidance leads away
    /// from.
    private func vectors(_ samples: Int) -> Tensor? {
        added.map { samples == prompts ? $0 : concatenate([.zeros($0.shape), $0], axis: 0) }
    }
}

/// What the denoiser is given of texts: `[B, T, D]`, `[B, P]`, and numbers for each.
private struct TextVectors {
    var states: Tensor
    var pooled: Tensor?
    var numbers: [[Float]]

    init(_ text: TextConditioning, numbers: [[Float]]) {
        (states, pooled, self.numbers) = (text.states, text.pooled, numbers)
    }

    /// The number of texts.
    var count: Int { states.shape[0] }

    /// Those of some of the texts.
    func sliced(_ rows: Range<Int>) -> TextVectors {
        var own = self
        own.states = states.sliced(axis: 0, rows)
        own.pooled = pooled?.sliced(axis: 0, rows)
        own.numbers = numbers.isEmpty ? [] : Array(numbers[rows])
        return own
    }

    /// Makes some texts' vectors zeros.
    mutating func clear(_ rows: [Int]) {
        guard !rows.isEmpty else { return }
        let kept = Tensor(
            (0..<count).map { rows.contains($0) ? 0 : 1 } as [Float], shape: [count, 1])
        states = states * kept.reshaped([count, 1, 1]).cast(to: states.type)
        pooled = pooled.map { $0 * kept }
    }
}
