import PinxitTensors

/// What a sampler tells after each step. `x` is the state, `clean` the model's present guess of the
/// result.
public struct SamplingProgress {
    /// Steps done, and in all.
    public let done: Int
    /// The number of steps in the plan.
    public let total: Int
    /// The state after the step, of the latents' shape in f32.
    public let x: Tensor
    /// The model's guess from before the step: what previews show.
    public let clean: Tensor
}

/// Called after each step; throwing ends the sampling.
public typealias OnStep = (SamplingProgress) throws -> Void

/// Changes x after each step, such as to keep a part of a picture.
///
/// `level` is the noise in x, nil after the last step, when there should be none.
public typealias AfterStep = (_ x: Tensor, _ level: NoiseLevel?) throws -> Tensor

/// Where a run is before a step. Every sampler keeps x = α x₀ + σ ε.
public struct SamplingPoint {
    /// The step that is about to be taken.
    public let step: SamplingStep
    /// The step after, with its input where this one ends (DDIM's steps may miss it by a little);
    /// nil before the last.
    public let next: SamplingStep?
    /// The state, at the step's input.
    public let x: Tensor
    /// The model's guess of the result from x.
    public let clean: Tensor
    /// What ``AfterStep`` the run has.
    let afterStep: AfterStep?

    /// An x on the way to the step's end, where the model is asked again: a part of a picture that
    /// is kept lies there with the noise of the end already (diffusers' inpainting pipelines, which
    /// take half a step for a step).
    func kept(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        guard let afterStep else { return x }
        return try afterStep(
            x, NoiseLevel(alpha: level.alpha, sigma: level.alpha * step.to.ratio))
    }
}

/// Takes one step and gives the x after it.
///
/// `denoise` is for samplers that ask the model more than once a step, `noise` for those that add
/// some.
public typealias TakeStep = (
    _ at: SamplingPoint, _ denoise: Denoise, _ noise: NoiseSource
) throws -> Tensor

extension SamplingPlan {
    /// Runs the plan's sampler: for each step asks the model, takes the step, tells.
    ///
    /// - Parameters:
    ///   - x: A ``start(from:)`` or ``start(from:noise:)`` of this plan.
    ///   - drawing: Draws standard normal noise, for samplers that add it as they go.
    ///   - seed: Of the noise of those that follow a random walk (`dpmpp_sde`, `dpmpp_3m_sde`).
    ///   - kind: Of that walk's numbers.
    ///   - afterStep: Changes what a step leads to.
    ///   - denoise: The model.
    ///   - onStep: Called after each step; throwing ends the sampling.
    /// - Returns: Latents without noise, unless the last step leaves some.
    public func sample(
        _ x: Tensor, drawing: () throws -> Tensor = unneeded, seed: UInt64 = 0,
        noise kind: NoiseKind = .torchCPU, afterStep: AfterStep? = nil, denoise: Denoise,
        onStep: OnStep = { _ in }
    ) throws -> Tensor {
        try withoutActuallyEscaping(drawing) { drawing in
            try sample(
                x, NoiseSource(drawing, seed: seed, kind, self, x), afterStep, denoise, onStep)
        }
    }

    private func sample(
        _ x: Tensor, _ noise: NoiseSource, _ afterStep: AfterStep?, _ denoise: Denoise,
        _ onStep: OnStep
    ) throws -> Tensor {
        let take = sampler.begin(self)
        var x = x
        for (index, step) in steps.enumerated() {
            let clean = try denoise(x, step)
            let next = index + 1 < steps.count ? steps[index + 1] : nil
            let point = SamplingPoint(
                step: step, next: next, x: x, clean: clean, afterStep: afterStep)
            x = try take(point, denoise, noise)
            if next == nil, finalScale != 1 { x = x * Float(finalScale) }
            if let afterStep { x = try afterStep(x, next?.input) }
            try onStep(SamplingProgress(done: index + 1, total: steps.count, x: x, clean: clean))
        }
        return x
    }

    /// Runs the plan's sampler from pure noise.
    ///
    /// - Parameter noise: Standard normal noise to start from, of the latents' shape in f32.
    public func sample(
        from noise: Tensor, drawing: () throws -> Tensor = unneeded, denoise: Denoise,
        onStep: OnStep = { _ in }
    ) throws -> Tensor {
        try sample(start(from: noise), drawing: drawing, denoise: denoise, onStep: onStep)
    }
}

/// For samplers that draw no noise.
public func unneeded() -> Tensor {
    preconditionFailure("this sampler was given no source of noise")
}
