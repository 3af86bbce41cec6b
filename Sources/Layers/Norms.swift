import PinxitTensors

/// Group normalisation, optionally with the SiLU that follows it.
public struct GroupNorm: Sendable {
    public let gamma: Tensor
    public let beta: Tensor
    public let groups: Int
    public let epsilon: Float

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
    public let gamma: Tensor
    public let beta: Tensor
    public let epsilon: Float

    public init(_ w: Weights, _ width: Int, epsilon: Float = 1e-5) {
        gamma = w.parameter("weight", [width], .ones)
        beta = w.parameter("bias", [width], .zeros)
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        layerNorm(x, gamma: gamma, beta: beta, epsilon: epsilon)
    }
}
