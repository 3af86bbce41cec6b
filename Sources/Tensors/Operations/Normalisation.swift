import PinxitKernels

/// Group normalisation (Wu & He 2018) of a channels-last tensor, with the SiLU that usually
/// follows.
///
/// - Parameters:
///   - x: `[batch, …, channels]`.
///   - gamma, beta: `[channels]` in f32.
public func groupNorm(
    _ x: Tensor, groups: Int, gamma: Tensor, beta: Tensor, epsilon: Float, silu: Bool = false
) -> Tensor {
    let (batch, channels) = (x.shape[0], x.shape[-1])
    precondition(
        channels % groups == 0 && gamma.count == channels && beta.count == channels,
        "\(groups) groups with weights \(gamma.shape) cannot normalise \(x.shape)")
    let y = Tensor(uninitialized: x.shape, type: x.type)
    let mean = Tensor(uninitialized: [batch, groups])
    let rstd = Tensor(uninitialized: [batch, groups])
    px_group_norm(
        x.pointer, gamma.f32, beta.f32, y.pointer, mean.f32, rstd.f32, x.type.kernel, batch,
        x.count / max(batch * channels, 1), channels, groups, epsilon, silu)
    return y.recorded(
        .groupNorm(groups: groups, silu: silu), [x, gamma, beta], saved: [mean, rstd])
}

/// Layer normalisation (Ba et al. 2016) over the last dimension.
///
/// - Parameter gamma, beta: `[features]` in f32.
public func layerNorm(_ x: Tensor, gamma: Tensor, beta: Tensor, epsilon: Float) -> Tensor {
    let columns = x.shape[-1]
    precondition(
        gamma.count == columns && beta.count == columns,
        "weights \(gamma.shape) cannot normalise \(x.shape)")
    let rows = x.count / max(columns, 1)
    let y = Tensor(uninitialized: x.shape, type: x.type)
    let mean = Tensor(uninitialized: [rows])
    let rstd = Tensor(uninitialized: [rows])
    px_layer_norm(
        x.pointer, gamma.f32, beta.f32, y.pointer, mean.f32, rstd.f32, x.type.kernel, rows, columns,
        epsilon)
    return y.recorded(.layerNorm, [x, gamma, beta], saved: [mean, rstd])
}

extension Tensor {
    /// The elements of an f32 tensor as kernels take them.
    public var f32: UnsafeMutablePointer<Float> {
        precondition(type == .f32, "f32 expected, found \(self)")
        return pointer.assumingMemoryBound(to: Float.self)
    }
}

// MARK: Gradients

/// The gradients of ``groupNorm(_:groups:gamma:beta:epsilon:silu:)`` given the statistics it saved.
public func groupNormGradients(
    _ x: Tensor, _ dy: Tensor, groups: Int, gamma: Tensor, beta: Tensor, mean: Tensor,
    rstd: Tensor, silu: Bool
) -> (x: Tensor, gamma: Tensor, beta: Tensor) {
    let (batch, channels) = (x.shape[0], x.shape[-1])
    let dx = Tensor(uninitialized: x.shape, type: x.type)
    let dgamma = Tensor(uninitialized: gamma.shape)
    let dbeta = Tensor(uninitialized: beta.shape)
    px_group_norm_backward(
        x.pointer, dy.pointer, gamma.f32, beta.f32, mean.f32, rstd.f32, dx.pointer, dgamma.f32,
        dbeta.f32, x.type.kernel, batch, x.count / max(batch * channels, 1), channels, groups, silu)
    return (dx, dgamma, dbeta)
}

/// The gradients of ``layerNorm(_:gamma:beta:epsilon:)`` given the statistics it saved.
public func layerNormGradients(
    _ x: Tensor, _ dy: Tensor, gamma: Tensor, mean: Tensor, rstd: Tensor
) -> (x: Tensor, gamma: Tensor, beta: Tensor) {
    let columns = x.shape[-1]
    let dx = Tensor(uninitialized: x.shape, type: x.type)
    let dgamma = Tensor(uninitialized: gamma.shape)
    let dbeta = Tensor(uninitialized: gamma.shape)
    px_layer_norm_backward(
        x.pointer, dy.pointer, gamma.f32, mean.f32, rstd.f32, dx.pointer, dgamma.f32, dbeta.f32,
        x.type.kernel, x.count / max(columns, 1), columns)
    return (dx, dgamma, dbeta)
}

// MARK: In pieces

/// Means and squared deviations of channels, gathered from one piece of a map after another.
public struct ChannelMoments {
    private var count = 0.0
    private var means: [Double]
    private var deviations: [Double]

    /// Moments of no elements yet.
    public init(channels: Int) {
        means = [Double](repeating: 0, count: channels)
        deviations = means
    }

    /// Takes in a piece `[…, channels]`.
    public mutating func add(_ x: Tensor) {
        let channels = means.count
        let rows = x.count / channels
        var piece = [Double](repeating: 0, count: 2 * channels)
        px_channel_moments(x.pointer, x.type.kernel, rows, channels, &piece)
        let (n, seen) = (Double(rows), count)
        count += n
        for c in 0..<channels {  // Chan et al. 1979
            let delta = piece[c] - means[c]
            means[c] += delta * n / count
            deviations[c] += piece[channels + c] + delta * delta * n * seen / count
        }
    }

    /// What group normalisation with these statistics multiplies each channel by, and adds.
    public func scale(groups: Int, gamma: Tensor, beta: Tensor, epsilon: Float) -> ChannelScale {
        let channels = means.count
        let width = channels / groups
        let (gamma, beta) = (gamma.floats, beta.floats)
        var values = [Float](repeating: 0, count: 2 * channels)
        for group in 0..<groups {
            let range = group * width..<(group + 1) * width
            let mean = range.reduce(0) { $0 + means[$1] } / Double(width)
            let deviation = range.reduce(0) {
                $0 + deviations[$1] + count * (means[$1] - mean) * (means[$1] - mean)
            }
            let variance = deviation / (count * Double(width))
            let rstd = Float(1 / (variance + Double(epsilon)).squareRoot())
            for c in range {
                values[c] = rstd * gamma[c]
                values[channels + c] = Float(Double(beta[c]) - mean * Double(values[c]))
            }
        }
        return ChannelScale(values: Tensor(values, shape: [2, channels]))
    }
}

/// A normalisation whose statistics are known: a factor and an addend for each channel. It has no
/// gradient, which would have to go through the statistics too.
public struct ChannelScale {
    /// `[2, channels]` in f32.
    let values: Tensor

    /// `[…, channels]`, not tracked, same shape out, optionally with the SiLU behind it.
    public func callAsFunction(_ x: Tensor, silu: Bool) -> Tensor {
        let channels = values.shape[1]
        let y = Tensor(uninitialized: x.shape, type: x.type)
        px_scale_shift(
            x.pointer, values.f32, y.pointer, x.type.kernel, x.count / channels, channels, silu)
        return y.recordedWithoutGradient(.channelScale(silu: silu), [x, values])
    }
}
