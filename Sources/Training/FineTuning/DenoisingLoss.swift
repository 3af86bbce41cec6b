import PinxitPlatform
import PinxitSamplers
import PinxitTensors

/// Noisy latents and what a denoiser is to say of them, as the model's scheduler was trained.
struct DenoisingLoss {
    let prediction: PredictionType
    /// ᾱ of every training time step; empty for a flow.
    private let cumulativeAlphas: [Double]
    private let flowShift: Double
    private let timeMean: Float
    private let minSNR: Float
    private let offsetNoise: Float

    init(_ scheduler: SchedulerConfiguration, _ settings: FineTuningSettings) {
        prediction = scheduler.prediction
        cumulativeAlphas =
            prediction == .flow ? [] : NoiseSchedule(scheduler).cumulativeAlphas
        flowShift = scheduler.flowShift
        timeMean = settings.timeMean
        (minSNR, offsetNoise) = (settings.minSNR, settings.offsetNoise)
    }

    /// A time of a sample, as the denoiser is told it, and the noise there.
    struct Time {
        let timestep: Float
        let level: NoiseLevel
    }

    /// Draws a time: of a flow as ``DiffusionTask`` does, else any training time step.
    func time(_ random: inout SplitMix64) -> Time {
        guard prediction == .flow else { return time(at: random.below(cumulativeAlphas.count)) }
        let even = Double(random.flowTime(mean: timeMean))
        let time = flowShift * even / (1 + (flowShift - 1) * even)
        return Time(timestep: Float(time) * 1000, level: NoiseLevel(flow: time))
    }

    /// A training time step of a model that is no flow.
    func time(at step: Int) -> Time {
        Time(timestep: Float(step), level: NoiseLevel(cumulativeAlpha: cumulativeAlphas[step]))
    }

    /// Rows of a batch's noise, `[rows, height, width, channels]`: normal, and if asked for with an
    /// offset of each channel.
    ///
    /// - Parameter row: The shape of one of them.
    func noise(_ rows: Range<Int>, of batch: Int, row: [Int], _ random: inout SplitMix64)
        -> Tensor
    {
        let noise = random.normal(rows, of: batch, row: row)
        guard offsetNoise > 0 else { return noise }
        return noise + random.normal(rows, of: batch, row: [1, 1, row[2]]) * offsetNoise
    }

    /// x = α x₀ + σ n, and what is to be said of it.
    func noisy(_ x0: Tensor, _ noise: Tensor, _ levels: [NoiseLevel]) -> (x: Tensor, target: Tensor)
    {
        func column(_ value: (NoiseLevel) -> Double) -> Tensor {
            Tensor(levels.map { Float(value($0)) }, shape: [levels.count, 1, 1, 1])
        }
        let (alpha, sigma) = (column(\.alpha), column(\.sigma))
        let target =
            switch prediction {
            case .epsilon: noise
            case .velocity: noise * alpha - x0 * sigma
            case .flow: noise - x0
            case .sample: x0
            }
        return (x0 * alpha + noise * sigma, target)
    }

    /// The weight of a sample's squared error: min(SNR, γ) in units of what the prediction's own
    /// error weighs (Hang et al. 2023).
    func weight(_ level: NoiseLevel) -> Float {
        guard minSNR > 0 else { return 1 }
        let snr = pow(level.alpha / level.sigma, 2)
        let limited = min(snr, Double(minSNR))
        return switch prediction {
        case .epsilon: Float(limited / snr)
        case .velocity: Float(limited / (snr + 1))
        case .sample: Float(limited)
        case .flow: 1
        }
    }

    /// The mean over samples of weighted mean squared errors.
    ///
    /// - Parameters:
    ///   - said, target: `[batch, height, width, channels]`.
    ///   - weights: One a sample.
    func callAsFunction(_ said: Tensor, _ target: Tensor, weights: [Float]) -> Tensor {
        let squares = (said.cast(to: .f32) - target).squared
        return (squares * Tensor(weights, shape: [weights.count, 1, 1, 1])).mean()
    }
}
