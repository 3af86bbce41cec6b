import PinxitTensors

/// How a parameter starts when a model is trained from nothing.
public enum Initialiser: Sendable {
    /// All 0.
    case zeros
    /// All 1.
    case ones
    /// All of one value.
    case constant(Float)
    /// Uniform in ±bound.
    case uniform(Float)
    /// Normal with mean 0.
    case normal(Float)
    /// These numbers.
    case given(Tensor)

    /// PyTorch's default for linear and convolution layers: uniform in ±1/√fanIn.
    public static func fanIn(_ count: Int) -> Initialiser {
        .uniform(1 / Float(max(count, 1)).squareRoot())
    }

    /// He et al. 2015: keeps the variance through a ReLU, which matters where no norm does it;
    /// `gain` scales it.
    public static func he(fanIn count: Int, gain: Float = 1) -> Initialiser {
        .uniform(gain * (6 / Float(max(count, 1))).squareRoot())
    }

    func tensor(_ shape: Shape, seed: UInt64) -> Tensor {
        switch self {
        case .zeros: return .zeros(shape)
        case .ones: return .ones(shape)
        case .constant(let value): return .full(shape, value)
        case .given(let tensor):
            precondition(tensor.shape == shape, "\(tensor) is to start a parameter of \(shape)")
            return tensor
        case .uniform(let bound):
            var random = SplitMix64(seed: seed)
            return Tensor(
                (0..<shape.count).map { _ in (2 * random.uniform() - 1) * bound }, shape: shape)
        case .normal(let deviation):
            var random = TorchGenerator(seed: seed ^ (seed >> 32))
            return random.normal(shape).affine(deviation, 0)
        }
    }
}
