import PinxitFiles
import PinxitSamplers
import PinxitTensors

/// How a prior is sampled: DDPM (Ho et al. 2020) with the guess of the result kept within bounds.
///
/// Source: diffusers `scheduling_unclip.py` and `scheduling_ddpm.py` with their fixed small
/// variance.
public struct PriorScheduler: Sendable {
    /// The noise schedule, and whether the prior predicts the noise or the result.
    public let configuration: SchedulerConfiguration
    /// The largest absolute value of a normalised embedding's feature; nil for any.
    public let bound: Float?
    /// Whether steps lie as `UnCLIPScheduler` lays them: from the last time to the first, each to
    /// the next.
    let isUnCLIP: Bool

    /// Reads `prior_scheduler/scheduler_config.json`.
    ///
    /// - Throws: `FileError` naming the field and what would be accepted.
    public init(_ json: JSONField) throws(FileError) {
        try json["_class_name"].require("UnCLIPScheduler", "DDPMScheduler")
        try json["variance_type"].require("fixed_small_log", "fixed_small")
        isUnCLIP = try json["_class_name"].string() == "UnCLIPScheduler"
        if isUnCLIP {
            var own = SchedulerConfiguration()
            own.betaSchedule = .squaredCosine
            own.trainTimesteps = try json["num_train_timesteps"].size(or: 1000, in: 2...100_000)
            try json["beta_schedule"].require("squaredcos_cap_v2")
            let prediction = try json["prediction_type"].string(or: "epsilon")
            try json["prediction_type"].require("epsilon", "sample")
            own.prediction = prediction == "sample" ? .sample : .epsilon
            configuration = own
        } else {
            configuration = try SchedulerConfiguration(json)
            try configuration.check(.ddim)
        }
        bound =
            try json["clip_sample"].bool(or: true)
            ? Float(json["clip_sample_range"].positive(or: 1)) : nil
    }

    /// The noise of each training time step.
    public var levels: [NoiseLevel] {
        NoiseSchedule(configuration).cumulativeAlphas.map(NoiseLevel.init(cumulativeAlpha:))
    }

    /// - Parameter count: Steps, 2 or more, at most the training time steps.
    func plan(steps count: Int) -> SamplingPlan {
        let sampler = Sampler.ddim(eta: 1)
        guard isUnCLIP else { return SamplingPlan(configuration, sampler: sampler, steps: count) }
        let levels = levels
        let ratio = Double(configuration.trainTimesteps - 1) / Double(count - 1)
        let times = (0..<count).reversed().map {
            Int((Double($0) * ratio).rounded(.toNearestOrEven))
        }
        let steps = times.indices.map { i in
            SamplingStep(
                timestep: Float(times[i]), input: levels[times[i]],
                to: i + 1 < count ? levels[times[i + 1]] : .clean)
        }
        return SamplingPlan(sampler: sampler, prediction: configuration.prediction, steps: steps)
    }

    /// Runs the steps.
    ///
    /// - Parameters:
    ///   - noise: `[batch, features]` to start from.
    ///   - drawing: Draws more of it; not called for the last step.
    ///   - network: The prior, guided if it is to be.
    /// - Returns: Normalised embeddings.
    public func sample(
        from noise: Tensor, steps count: Int, drawing: () -> Tensor, network: @escaping Network
    ) throws -> Tensor {
        let plan = plan(steps: count)
        let denoise = denoiser(plan.prediction, network)
        var drawn = 0
        return try plan.sample(
            from: noise,
            drawing: {
                drawn += 1
                return drawn < count ? drawing() : .zeros(noise.shape)
            },
            denoise: { x, step in
                try Engine.checkCancellation()
                let clean = try denoise(x, step)
                return bound.map { clean.clamped(-$0, $0) } ?? clean
            })
    }

    /// The scheduler of the priors trained here.
    public static let own: JSONValue = [
        "_class_name": "DDPMScheduler", "num_train_timesteps": 1000,
        "beta_schedule": "squaredcos_cap_v2", "prediction_type": "sample",
        "variance_type": "fixed_small_log", "clip_sample": true, "clip_sample_range": 5.0,
        "timestep_spacing": "trailing",
    ]
}
