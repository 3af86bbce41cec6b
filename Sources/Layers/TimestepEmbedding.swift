import PinxitPlatform
import PinxitTensors

/// The sinusoid that tells a network the time: `[cos, sin]` of t · 10000^(-i/(half - shift)).
///
/// Source: diffusers `models/embeddings.py`, `get_timestep_embedding`.
/// - Parameters:
///   - timesteps: One a picture.
///   - width: Features, even.
///   - flipSinToCos: Cosines first, as Stable Diffusion has them.
/// - Returns: `[batch, width]` in f32.
public func timestepSinusoid(
    _ timesteps: [Float], width: Int, flipSinToCos: Bool = true, frequencyShift: Float = 0
) -> Tensor {
    let half = width / 2
    let frequencies = (0..<half).map { i in
        expf(-logf(10000) * Float(i) / (Float(half) - frequencyShift))
    }
    let values = timesteps.flatMap { t -> [Float] in
        let sines = frequencies.map { sinf(t * $0) }
        let cosines = frequencies.map { cosf(t * $0) }
        let pad = width % 2 == 1 ? [Float(0)] : []
        return (flipSinToCos ? cosines + sines : sines + cosines) + pad
    }
    return Tensor(values, shape: [timesteps.count, width])
}

/// Two linear layers with a SiLU between: the sinusoid to the vector every residual block receives.
public struct TimestepEmbedding: Sendable {
    let condition: Linear?
    let linear1: Linear
    let linear2: Linear

    /// - Parameters:
    ///   - width: Features between the layers, and of the result unless `output` says otherwise.
    ///   - condition: Features of a vector that is projected and added to the input; nil for none.
    ///   - startsAtZero: Whether a new one gives zeros for every input: a condition that a trained
    ///     network is to learn.
    public init(
        _ w: Weights, _ input: Int, _ width: Int, output: Int? = nil, condition: Int? = nil,
        startsAtZero: Bool = false
    ) {
        self.condition = condition.map { Linear(w("cond_proj"), $0, input, bias: false) }
        linear1 = Linear(w("linear_1"), input, width)
        linear2 = Linear(
            w("linear_2"), width, output ?? width, initialiser: startsAtZero ? .zeros : nil)
    }

    /// `[batch, input]` to `[batch, output]`, in the type of `x`.
    ///
    /// - Parameter added: `[batch, condition]`, of a layer that has one.
    public func callAsFunction(_ x: Tensor, adding added: Tensor? = nil) -> Tensor {
        guard let condition, let added else { return linear2(linear1(x).silu) }
        return linear2(linear1(x + condition(added)).silu)
    }
}
