import PinxitPlatform

/// The normal numbers of PyTorch on CUDA, `torch.randn(shape, device="cuda")`: Philox 4x32-10
/// (Salmon et al. 2011) with Box and Muller's transform of its first two words.
///
/// A draw is a counter for every number and one for the draw. That is CUDA's order for tensors of
/// up to about 300 000 numbers, which latents are. Source: AUTOMATIC1111's `rng_philox.py`.
public struct PhiloxGenerator: Sendable {
    private let key: (UInt32, UInt32)
    /// Draws so far.
    private var offset: UInt32 = 0

    /// The state after `torch.cuda.manual_seed(seed)`.
    public init(seed: UInt64) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// Standard normal numbers in f32.
    public mutating func normal(_ shape: Shape) -> Tensor {
        Tensor(normal(count: shape.count), shape: shape)
    }

    /// The same without a shape.
    public mutating func normal(count: Int) -> [Float] {
        defer { offset &+= 1 }
        return (0..<count).map { index in
            let words = Self.words(
                SIMD4(offset, 0, UInt32(truncatingIfNeeded: index), 0), key)
            return Self.normal(words.x, words.y)
        }
    }

    private static func normal(_ a: UInt32, _ b: UInt32) -> Float {
        let unit: Float = 2.3283064e-10
        let turn: Float = 2.3283064e-10 * 6.2831855
        let radius = (-2 * logf(Float(a) * unit + unit / 2)).squareRoot()
        return radius * sinf(Float(b) * turn + turn / 2)
    }

    /// Ten rounds.
    private static func words(
        _ counter: SIMD4<UInt32>, _ key: (UInt32, UInt32)
    ) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for _ in 0..<10 {
            let a = counter.x.multipliedFullWidth(by: 0xd251_1f53)
            let b = counter.z.multipliedFullWidth(by: 0xcd9e_8d57)
            counter = SIMD4(
                b.high ^ counter.y ^ key.0, b.low, a.high ^ counter.w ^ key.1, a.low)
            key = (key.0 &+ 0x9e37_79b9, key.1 &+ 0xbb67_ae85)
        }
        return counter
    }
}
