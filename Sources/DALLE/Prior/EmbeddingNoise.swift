import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitTensors

/// Noise on the picture embeddings that an unCLIP decoder is given: the more, the freer it paints.
///
/// The decoder is told the level, so that it knows how far to trust the embedding: its condition is
/// the noisy embedding beside the sinusoid of the level. Source: diffusers
/// `pipeline_stable_unclip.py`, `noise_image_embeddings`.
public struct EmbeddingNoise: Sendable {
    /// What embeddings are normalised with before noise is added, and back afterwards.
    public let normaliser: EmbeddingNormaliser
    private let levels: [NoiseLevel]

    /// - Parameter schedule: The noise of each level, one for each of its training time steps.
    public init(_ normaliser: EmbeddingNormaliser, _ schedule: SchedulerConfiguration) {
        self.normaliser = normaliser
        levels = NoiseSchedule(schedule).cumulativeAlphas.map(NoiseLevel.init(cumulativeAlpha:))
    }

    /// Noise levels there are: 0 up to but without this.
    public var count: Int { levels.count }

    /// Features of the condition: twice those of an embedding.
    public var width: Int { 2 * normaliser.features }

    /// The decoder's condition `[batch, 2 · features]`.
    ///
    /// - Parameters:
    ///   - embeddings: `[batch, features]` in f32.
    ///   - levels: A noise level a sample, from 0.
    ///   - noise: Standard normal, `[batch, features]`.
    public func condition(_ embeddings: Tensor, levels chosen: [Int], noise: Tensor) -> Tensor {
        func column(_ value: (NoiseLevel) -> Double) -> Tensor {
            Tensor(chosen.map { Float(value(levels[$0])) }, shape: [chosen.count, 1])
        }
        let scaled = normaliser.scale(embeddings) * column(\.alpha) + noise * column(\.sigma)
        let sinusoid = timestepSinusoid(chosen.map(Float.init), width: normaliser.features)
        return concatenate([normaliser.unscale(scaled), sinusoid], axis: 1)
    }

    /// The schedule of a `DDPMScheduler` with squared cosines, which unCLIP models have for this.
    public static let schedule: JSONValue = [
        "_class_name": "DDPMScheduler", "num_train_timesteps": 1000,
        "beta_schedule": "squaredcos_cap_v2",
    ]
}
