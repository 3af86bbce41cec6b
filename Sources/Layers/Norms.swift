import PinxitTensors

/// Group normalisation, optionally with the SiLU that follows it.
public struct GroupNorm: Sendable {
    /// The scale of each channel, `[channels]` in f32; `weight` in checkpoints.
    public let gamma: Tensor
    /// The shift of each channel, `[channels]` in f32; `bias` in checkpoints.
    public let beta: Tensor
    /// How many groups the channels are divided into, evenly.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Float

    /// Parameters `weight` and `bias`, new ones 1 and 0.
    /// - Precondition: `groups` divides `channels`; the forward pass traps otherwise.
    public init(_ w: Weights, _ channels: Int, groups: Int, epsilon: Float) {
        gamma = w.parameter("weight", [channels], .ones)
        beta = w.parameter("bias", [channels], .zeros)
        self.groups = groups
        self.epsilon = epsilon
    }

    /// `[batch, …, channels]`, same shape out.
    public func callAsFunction(_ x: Tensor, silu: Bool = false) -> Tensor {
        groupNorm(x, groups: groups, gamma: gamma, beta: beta, epsilon: epsilon, silu: silu)
    }
}

/// Layer normalisation over the last dimension.
public struct LayerNorm: Sendable {
    /// The scale of each feature, `[width]` in f32; `weight` in checkpoints.
    public let gamma: Tensor
    /// The shift of each feature, `[width]` in f32; `bias` in checkpoints.
    public let beta: Tensor
    /// Added to the variance.
    public let epsilon: Float

    /// Parameters `weight` and `bias`, new ones 1 and 0.
    public init(_ w: Weights, _ width: Int, epsilon: Float = 1e-5) {
        gamma = w.parameter("weight", [width], .ones)
        beta = w.parameter("bias", [width], .zeros)
        self.epsilon = epsilon
    }

    /// `[…, width]`, same shape and type out.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        layerNorm(x, gamma: gamma, beta: beta, epsilon: epsilon)
    }
}
