import PinxitTensors

/// A network: noisy latents and a time step to its prediction, of one shape.
public typealias Network = (_ x: Tensor, _ timestep: Float) throws -> Tensor

/// What samplers see of a model: noisy latents to its guess of the latents without noise.
public typealias Denoise = (_ x: Tensor, _ step: SamplingStep) throws -> Tensor

/// A network of any prediction type as a ``Denoise``.
public func denoiser(_ prediction: PredictionType, _ network: @escaping Network) -> Denoise {
    { x, step in prediction.clean(try network(x, step.timestep), x, step.input) }
}

/// Classifier-free guidance (Ho & Salimans 2022) as one batch of twice the size, without the text
/// first.
///
/// - Parameters:
///   - scale: 1 is the prediction with text as it is, more exaggerates what the text changes.
///   - network: Takes `[without text, with text]` joined along the batch.
public func guided(_ scale: Float, _ network: @escaping Network) -> Network {
    { x, timestep in
        let both = try network(concatenate([x, x], axis: 0), timestep).chunked(2, axis: 0)
        return blend(1 - scale, both[0], scale, both[1])
    }
}

/// The same for a network that is given a picture beside the text, guided by both (Brooks et al.
/// 2023, arXiv 2211.09800, equation 3).
///
/// - Parameters:
///   - scale: Of what the text changes.
///   - picture: Of what the picture changes.
///   - network: Takes `[without both, without text, with both]` joined along the batch.
public func guided(
    _ scale: Float, picture: Float, _ network: @escaping Network
) -> Network {
    { x, timestep in
        let three = try network(concatenate([x, x, x], axis: 0), timestep).chunked(3, axis: 0)
        let seen = blend(1 - picture, three[0], picture - scale, three[1])
        return blend(1, seen, scale, three[2])
    }
}

/// Several predictions of one batch as one: each is taken so many times (Liu et al. 2022, arXiv
/// 2206.01714, where the first is the one without text).
///
/// - Parameters:
///   - weights: One for each prediction.
///   - network: Takes x as many times as there are weights, joined along the batch.
public func combined(_ weights: [Float], _ network: @escaping Network) -> Network {
    { x, timestep in
        let copies = [Tensor](repeating: x, count: weights.count)
        let all = try network(concatenate(copies, axis: 0), timestep)
            .chunked(weights.count, axis: 0)
        return zip(all, weights).dropFirst().reduce(all[0] * weights[0]) { sum, next in
            blend(1, sum, next.1, next.0)
        }
    }
}

/// What the network was trained to say about x = α x₀ + σ ε.
public enum PredictionType: String, CaseIterable, Codable, Sendable {
    /// The noise ε.
    case epsilon
    /// v = α ε − σ x₀ (Salimans & Ho 2022).
    case velocity = "v_prediction"
    /// ε − x₀, the direction of a straight path (rectified flow, Liu et al. 2022), with α = 1 − σ.
    case flow = "flow_prediction"
    /// The picture x₀ itself.
    case sample
}

extension PredictionType {
    /// x₀ from a prediction about x = α x₀ + σ ε.
    public func clean(_ output: Tensor, _ x: Tensor, _ level: NoiseLevel) -> Tensor {
        let (alpha, sigma) = (level.alpha, level.sigma)
        return switch self {
        case .epsilon: blend(Float(1 / alpha), x, Float(-sigma / alpha), output)
        case .velocity:
            blend(
                Float(alpha / level.power), x, Float(-sigma / level.power.squareRoot()), output)
        case .flow: blend(1, x, Float(-sigma), output)
        case .sample: output
        }
    }

    /// The prediction that stands for x₀: the other direction of ``clean(_:_:_:)``.
    func output(clean: Tensor, _ x: Tensor, _ level: NoiseLevel) -> Tensor {
        let (alpha, sigma) = (level.alpha, level.sigma)
        return switch self {
        case .epsilon: blend(Float(1 / sigma), x, Float(-alpha / sigma), clean)
        case .velocity: blend(Float(alpha / sigma), x, Float(-1 / sigma), clean)
        case .flow: blend(Float(1 / sigma), x, Float(-1 / sigma), clean)
        case .sample: clean
        }
    }
}

extension NoiseLevel {
    /// α² + σ², which is 1 except on a flow's path.
    fileprivate var power: Double { alpha * alpha + sigma * sigma }
}
