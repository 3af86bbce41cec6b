import PinxitSamplers
import PinxitTensors
import Testing

/// PNDM against diffusers 0.42's `PNDMScheduler(beta_start=0.00085, beta_end=0.012,
/// beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1)`, run from x with the
/// network
/// `0.3 * x + 0.01 * t / 1000`.
@Suite struct PNDMTests {
    struct Run: Sendable {
        let prediction: PredictionType
        let spacing: TimestepSpacing
        let steps: Int
        let timesteps: [Float]
        let end: [Float]
    }

    static let runs = [
        Run(
            prediction: .epsilon, spacing: .leading, steps: 10,
            timesteps: [901, 801, 801, 701, 601, 501, 401, 301, 201, 101, 1],
            end: [3.5924687, -7.2729206, 1.7815706, 0.8761213]),
        Run(
            prediction: .epsilon, spacing: .leading, steps: 2, timesteps: [501, 1, 1],
            end: [1.3218626, -2.6498728, 0.6599068, 0.3289288]),
        Run(
            prediction: .epsilon, spacing: .linspace, steps: 5,
            timesteps: [999, 749, 749, 500, 250, 0],
            end: [3.6991544, -7.487844, 1.8346547, 0.902405]),
        Run(
            prediction: .epsilon, spacing: .trailing, steps: 10,
            timesteps: [999, 899, 899, 799, 699, 599, 499, 399, 299, 199, 99],
            end: [5.2438292, -10.6437864, 2.5958939, 1.2719257]),
        Run(
            prediction: .velocity, spacing: .leading, steps: 10,
            timesteps: [901, 801, 801, 701, 601, 501, 401, 301, 201, 101, 1],
            end: [0.5689732, -1.1482382, 0.2827713, 0.1396704]),
        Run(
            prediction: .velocity, spacing: .leading, steps: 2, timesteps: [501, 1, 1],
            end: [0.3942426, -0.7930618, 0.1963585, 0.0974165]),
        Run(
            prediction: .velocity, spacing: .linspace, steps: 5,
            timesteps: [999, 749, 749, 500, 250, 0],
            end: [0.6002629, -1.2101028, 0.2985353, 0.1476716]),
    ]

    @Test(arguments: runs) func runsAsInDiffusers(_ run: Run) async throws {
        var configuration = SchedulerConfiguration(sampler: .pndm)
        (configuration.betaStart, configuration.betaEnd) = (0.00085, 0.012)
        configuration.betaSchedule = .scaledLinear
        configuration.stepsOffset = 1
        configuration.prediction = run.prediction
        configuration.spacing = run.spacing
        let plan = SamplingPlan(configuration, steps: run.steps)
        #expect(plan.steps.map(\.timestep) == run.timesteps)
        let end = try await Engine.run {
            let network: Network = { x, t in x.affine(0.3, 0.01 * t / 1000) }
            return try plan.sample(
                from: Tensor([1, -2, 0.5, 0.25]), denoise: denoiser(plan.prediction, network)
            ).floats
        }
        for (a, b) in zip(end, run.end) { #expect(abs(a - b) <= 1e-4 * abs(b)) }
    }
}
