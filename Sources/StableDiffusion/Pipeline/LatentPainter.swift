import PinxitCLIP
import PinxitLayers
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
    private let controls: LatentControls?
    /// Seen beside the words.
    private let imagePrompt: ImagePrompt?
    private var deepCaches: [DeepCache] = []
    private var mergings: [TokenMerging] = []
    /// Looks at attention, if anyone does.
    private let control: (any LatentAttentionControl)?
    private let toward: (prompt: String, place: Float)?

    /// - Parameters:
    ///   - prompts: One for each sample of a batch.
    ///   - negativePrompts: As many, which guidance leads away from.
    ///   - controls: What guides all of them beside the words.
    ///   - imagePrompt: A picture that is seen beside the words.
    ///   - control: Looks at attention, if anyone does.
    ///   - toward: Another prompt, and how far the way to it the text is: 0 to 1.
    /// - Precondition: the sampling has a ``LatentSampling/plan(_:)`` for the model; one prompt
    ///   where it is explained.
    package init(
        _ model: LatentDiffusion, _ sampling: LatentSampling, prompts: [String],
        negativePrompts: [String], controls: LatentControls? = nil,
        imagePrompt: ImagePrompt? = nil, control: (any LatentAttentionControl)? = nil,
        toward: (prompt: String, place: Float)? = nil
    ) {
        precondition(
            prompts.count == negativePrompts.count,
            "\(prompts.count) prompts, \(negativePrompts.count) negative ones")
        self.model = model
        self.sampling = sampling
        self.prompts = prompts.count
        self.controls = controls
        self.imagePrompt = imagePrompt
        (self.control, self.toward) = (control, toward)
        precondition(
            prompts.count == 1 || !(control is LatentExplainer) && toward == nil,
            "one prompt at a time is explained or on its way to another")
        guard let plan = sampling.plan(model.scheduler) else {
            preconditionFailure("no step of \(sampling.steps) lies in \(sampling.part)")
        }
        self.plan = plan
        denoise = denoiser(prompts, negativePrompts)
    }

    /// The denoiser with the prompts, whatever they say at which step.
    private func denoiser(_ prompts: [String], _ negativePrompts: [String]) -> Denoise {
        let count = plan.steps.count
        let others = max(0, (sampling.whole.plan(model.scheduler)?.steps.count ?? count) - count)
        var before = 0
        if case .from = sampling.part { before = others }
        let steps = PromptSteps(
            prompts, negative: negativePrompts, sampling.reading.emphasis,
            total: count + others, before: before, after: sampling.firstSteps)
        let moments = steps.moments(count)
        var (made, all) = ([PromptSteps.Moment: Denoise](), [Denoise]())
        for moment in moments {
            let denoise = made[moment] ?? denoiser(moment, steps)
            made[moment] = denoise
            all.append(denoise)
        }
        guard made.count > 1 else { return all[0] }
        return { [plan, all] x, step in try all[plan.place(of: step)](x, step) }
    }

    /// The denoiser with the texts of one moment.
    private func denoiser(_ moment: PromptSteps.Moment, _ steps: PromptSteps) -> Denoise {
        guard moment.own.allSatisfy({ $0.count == 1 }) else {
            precondition(moment.own.count == 1, "composed prompts are painted one at a time")
            return composed(
                moment.own[0], steps.weights(ofPrompt: 0), awayFrom: moment.negative[0])
        }
        return denoiser(texts: moment.own.map { $0[0] }, moment.negative)
    }

    /// Draws from pure noise, or from a picture with some.
    ///
    /// - Parameters:
    ///   - start: The noise, and the picture if there is one.
    ///   - added: What the denoiser is given beside the text, `[B, A]`, if it takes that.
    ///   - seed: Decides what is drawn beside the noise: which tokens are merged, and the walk of
    ///     samplers that follow one.
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

    /// The noise that would become given latents; see ``SamplingPlan/inverted(_:denoise:)``.
    ///
    /// - Parameters:
    ///   - latents: `[B, H, W, C]` in f32.
    ///   - added: What the denoiser is given beside the text, `[B, A]`, if it takes that.
    package func noise(of latents: Tensor, added: Tensor?) throws -> Tensor {
        self.added = added
        defer { self.added = nil }
        return try plan.inverted(latents) { x, step in
            try Engine.checkCancellation()
            return try denoise(x, step)
        }
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
        // A refiner that goes on for an inpainting model takes the latents alone.
        (self.added, beside) = (added, model.task == .text ? nil : start.beside)
        defer { (self.added, beside) = (nil, nil) }
        let total = plan.steps.count
        control?.begin(afterSteps: 0, of: total)
        return try plan.sample(
            x, drawing: drawing, seed: seed, noise: sampling.noise, afterStep: start.afterStep,
            denoise: controlled(denoise)
        ) { step in
            control?.begin(afterSteps: step.done, of: total)
            try onStep(step)
        }
    }

    /// The denoiser, with controls that know which step is taken.
    private func controlled(_ denoise: @escaping Denoise) -> Denoise {
        guard let controls else { return denoise }
        return { [plan] x, step in
            controls.begin(plan.place(of: step), of: plan.steps.count)
            defer { controls.end() }
            return try denoise(x, step)
        }
    }

    /// One guess of the latents without noise, guided as the plan's steps are: for measuring. What
    /// the denoiser is given beside them is zeros.
    package func denoised(_ x: Tensor, _ step: SamplingStep) throws -> Tensor {
        if model.besideChannels > 0 {
            beside = .zeros([1, x.shape[1], x.shape[2], model.besideChannels])
        }
        defer { beside = nil }
        return try denoise(x, step)
    }

    /// Pictures `[B, height, width, 3]` in f32 from latents; see
    /// ``LatentDiffusion/decode(_:type:)``.
    package func decode(_ latents: Tensor) throws(CancellationError) -> Tensor {
        try decode(latents, type: sampling.type)
    }

    /// The same in another type.
    package func decode(
        _ latents: Tensor, type: ElementType
    ) throws(CancellationError) -> Tensor {
        try CircularPadding.using(sampling.tile) { () throws(CancellationError) in
            try model.decode(latents, type: type)
        }
    }

    /// The denoiser with the prompts, guided if it is to be.
    private func denoiser(texts prompts: [String], _ negativePrompts: [String]) -> Denoise {
        guard isGuided else {
            return plan.denoiser(network(onTheWay { $0.own($1) }(prompts)))
        }
        let both = onTheWay { $0.own($1, leadingAwayFrom: negativePrompts) }(prompts)
        let plainNetwork = self.network(both, negatives: both.count - prompts.count)
        let network =
            (control as? LatentExplainer)?
            .watching(plainNetwork, guidanceScale: sampling.guidanceScale) ?? plainNetwork
        let guidance =
            model.task == .instruction
            ? guided(sampling.guidanceScale, picture: sampling.imageGuidanceScale, network)
            : guided(sampling.guidanceScale, network)
        let whole = plan.denoiser(guidance)
        guard sampling.guidanceInterval != 0...1 else { return whole }
        let plain = plan.denoiser(
            self.network(both.sliced(both.count - prompts.count..<both.count)))
        return withinInterval(whole, otherwise: plain)
    }

    /// What is made of prompts, or of what lies between them and another.
    private func onTheWay(
        _ make: @escaping (TextVectors.Source, [String]) -> TextVectors
    ) -> ([String]) -> TextVectors {
        { [self] prompts in
            guard let toward else { return make(texts, prompts) }
            var source = texts
            source.sampling.reading = source.sampling.reading.chunked(
                model.text.chunkCount(prompts + [toward.prompt], source.sampling.reading))
            return make(source, prompts).blended(
                make(source, [toward.prompt]), at: toward.place)
        }
    }

    private var texts: TextVectors.Source { TextVectors.Source(model: model, sampling: sampling) }

    private var isGuided: Bool { sampling.guidanceScale > 1 && !model.denoiser.isToldGuidance }

    /// One where steps are guided, another elsewhere.
    private func withinInterval(
        _ whole: @escaping Denoise, otherwise plain: @escaping Denoise
    ) -> Denoise {
        var before: Bool?
        return { [unowned self, plan, interval = sampling.guidanceInterval] x, step in
            // The middle of the step's place among all.
            let place = (Double(plan.place(of: step)) + 0.5) / Double(plan.steps.count)
            let isWhole = interval.contains(place)
            // What the one has kept is of the last step that was its own.
            if let before, before != isWhole { for cache in deepCaches { cache.reset() } }
            before = isWhole
            return try (isWhole ? whole : plain)(x, step)
        }
    }

    /// Texts put together: away from the negative one by the sum of what each of them changes.
    private func composed(
        _ texts: [String], _ weights: [Double], awayFrom negative: String
    ) -> Denoise {
        let rows = self.texts.own(texts, leadingAwayFrom: [negative])
        func denoiser(_ scale: Float) -> Denoise {
            let own = weights.map { Float($0) * scale }
            return plan.denoiser(
                combined([1 - own.reduce(0, +)] + own, network(rows, negatives: 1)))
        }
        guard isGuided else { return denoiser(1) }
        let whole = denoiser(sampling.guidanceScale)
        guard sampling.guidanceInterval != 0...1 else { return whole }
        return withinInterval(whole, otherwise: denoiser(1))
    }

    /// The denoiser for given texts, computing in their states' type between latents in f32.
    ///
    /// - Parameter negatives: How many of the texts guidance leads away from; they come first.
    private func network(_ text: TextVectors, negatives: Int = 0) -> Network {
        let context = TextContext(text.states)
        context.images = imagePrompt?.context(text.count, negatives: negatives)
        var given = DenoiserConditions(text: context)
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
        given.attention = control
        let pooled = model.denoiser.numberWidth == nil ? nil : text.pooled
        let guide = controls?.source(of: text, negatives: negatives)
        return { [unowned self, model, sampling, given, control] x, timestep in
            control?.begin(text.texts, latentHeight: x.shape[1])
            var given = given
            given.added = pooled ?? vectors(x.shape[0])
            let timesteps = [Float](repeating: timestep, count: x.shape[0])
            let input = withPicture(x).cast(to: text.states.type)
            return try Quantisation.using(sampling.isQuantised) { () throws(CancellationError) in
                try guide?.complete(
                    &given, x.cast(to: text.states.type), timestep: timestep)
                return try CircularPadding.using(sampling.tile) { () throws(CancellationError) in
                    try model.denoiser(input, timesteps: timesteps, given)
                }
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
