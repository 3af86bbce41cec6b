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
    private var deepCaches: [DeepCache] = []
    private var mergings: [TokenMerging] = []

    /// - Parameters:
    ///   - prompts: One for each sample of a batch.
    ///   - negativePrompts: As many, which guidance leads away from.
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
        plan = SamplingPlan(model.scheduler, sampler: sampling.sampler, steps: sampling.steps)
        denoise = denoiser(prompts, negativePrompts)
    }

    /// - Parameters:
    ///   - noise: Standard normal, `[B, H, W, C]` in f32.
    ///   - added: What the denoiser is given beside the text, `[B, A]`, if it takes that.
    ///   - seed: Decides what is drawn beside the noise: which tokens are merged.
    ///   - drawing: Draws more noise, for samplers that add some as they go.
    ///   - onStep: Called after each step; throwing ends the sampling.
    /// - Returns: Latents without noise, `[B, H, W, C]` in f32.
    package func latents(
        from noise: Tensor, added: Tensor? = nil, seed: UInt64 = 0,
        drawing: () throws -> Tensor = unneeded, onStep: OnStep = { _ in }
    ) throws -> Tensor {
        for cache in deepCaches { cache.reset() }
        for merging in mergings { merging.reset(seed: seed) }
        self.added = added
        defer { self.added = nil }
        return try plan.sample(from: noise, drawing: drawing, denoise: denoise, onStep: onStep)
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
        guard sampling.guidanceScale > 1 else {
            let states = model.text(prompts, type: sampling.type).states
            return PinxitSamplers.denoiser(plan.prediction, network(states))
        }
        let states = model.text(negativePrompts + prompts, type: sampling.type).states
        let whole = PinxitSamplers.denoiser(
            plan.prediction, guided(sampling.guidanceScale, network(states)))
        guard sampling.guidanceInterval != 0...1 else { return whole }
        let own = states.sliced(axis: 0, prompts.count..<2 * prompts.count)
        let plain = PinxitSamplers.denoiser(plan.prediction, network(own))
        return { [plan, interval = sampling.guidanceInterval] x, step in
            // The middle of the step's place among all.
            let place =
                (Double(plan.steps.firstIndex(of: step) ?? 0) + 0.5) / Double(plan.steps.count)
            return try (interval.contains(place) ? whole : plain)(x, step)
        }
    }

    /// The denoiser for given text states, computing in their type between latents in f32.
    private func network(_ states: Tensor) -> Network {
        var given = DenoiserConditions(text: TextContext(states))
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
        return { [unowned self, model, sampling, given] x, timestep in
            var given = given
            given.added = vectors(x.shape[0])
            let timesteps = [Float](repeating: timestep, count: x.shape[0])
            return try Quantisation.using(sampling.isQuantised) { () throws(CancellationError) in
                try model.denoiser(x.cast(to: states.type), timesteps: timesteps, given)
            }.cast(to: .f32)
        }
    }

    /// What is given beside the text, and before it zeros for the texts that guidance leads away
    /// from.
    private func vectors(_ samples: Int) -> Tensor? {
        added.map { samples == prompts ? $0 : concatenate([.zeros($0.shape), $0], axis: 0) }
    }
}
