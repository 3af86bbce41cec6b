/// Whose normal numbers pictures begin with.
public enum NoiseKind: String, CaseIterable, Codable, Sendable {
    /// PyTorch's on the processor; see ``TorchGenerator``.
    case torchCPU = "torch-cpu"
    /// PyTorch's on CUDA; see ``PhiloxGenerator``.
    case philox
}

/// Normal numbers of one seed, of either kind.
public struct NoiseGenerator: Sendable {
    private enum Stream {
        case torch(TorchGenerator)
        case philox(PhiloxGenerator)
    }

    private var stream: Stream

    /// The stream of a seed from its beginning.
    public init(seed: UInt64, _ kind: NoiseKind = .torchCPU) {
        switch kind {
        case .torchCPU: stream = .torch(TorchGenerator(seed: seed))
        case .philox: stream = .philox(PhiloxGenerator(seed: seed))
        }
    }

    /// Standard normal numbers in f32.
    public mutating func normal(_ shape: Shape) -> Tensor {
        switch stream {
        case .torch(var generator):
            defer { stream = .torch(generator) }
            return generator.normal(shape)
        case .philox(var generator):
            defer { stream = .philox(generator) }
            return generator.normal(shape)
        }
    }

    /// The same of a channels-last shape `[1, H, W, C]`, drawn channels first as PyTorch does.
    public mutating func latents(_ shape: Shape) -> Tensor {
        normal([shape[0], shape[3], shape[1], shape[2]]).permuted([0, 2, 3, 1])
    }
}
