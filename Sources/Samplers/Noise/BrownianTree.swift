import PinxitPlatform
import PinxitTensors

/// A random walk that is the same however often and in whatever steps it is asked: Brownian motion
/// between two times, halved as finely as needed, each half's middle from a seed of its own.
///
/// Source: torchsde's `BrownianTree` as k-diffusion's `BrownianTreeNoiseSampler` uses it, with
/// PyTorch's random numbers.
struct BrownianTree {
    private let entropy: UInt64
    private let start: Double
    private let end: Double
    private let whole: Tensor
    private let normal: (UInt32) -> Tensor

    /// Levels that a time of six decimals can lie deep.
    private static let deepest = 64

    /// - Parameters:
    ///   - seed: Decides the walk.
    ///   - times: First and last.
    ///   - kind: Of its numbers.
    ///   - shape: Of its places; drawn channels first where it is `[1, height, width, channels]`.
    init(
        seed: UInt64, _ times: ClosedRange<Double>, _ kind: NoiseKind = .torchCPU, shape: Shape
    ) {
        entropy = seed
        (start, end) = (Self.rounded(times.lowerBound), Self.rounded(times.upperBound))
        normal = { word in
            var generator = NoiseGenerator(seed: UInt64(word), kind)
            return shape.rank == 4 ? generator.latents(shape) : generator.normal(shape)
        }
        let root = SeedSequence(entropy: seed, size: Self.poolSize).firstWord
        whole = normal(root) * Float((times.upperBound - times.lowerBound).squareRoot())
    }

    private static let poolSize = 24

    /// How far it goes from one time to another, over the square root of the time between: standard
    /// normal numbers.
    func step(from: Double, to: Double) -> Tensor {
        let (early, late) = (min(from, to), max(from, to))
        let sign = from < to ? 1.0 : -1.0
        let far = blend(1, place(at: late), -1, place(at: early))
        return far * Float(sign / (late - early).squareRoot())
    }

    /// Where it is.
    private func place(at time: Double) -> Tensor {
        let time = Self.rounded(time)
        guard time > start else { return whole * 0 }
        guard time < end else { return whole }
        var (a, b, key) = (start, end, UInt64(0))
        var (before, walk) = (whole * 0, whole)
        for depth in 0..<Self.deepest {
            let middle = Self.rounded((a + b) / 2)
            let word = SeedSequence(
                entropy: entropy, keys: [key, UInt64(depth)], size: Self.poolSize
            ).firstWord
            let share = (middle - a) / (b - a)
            let spread = ((middle - a) * (b - middle) / (b - a)).squareRoot()
            let left = blend(Float(share), walk, Float(spread), normal(word))
            if time == middle { return blend(1, before, 1, left) }
            if time < middle {
                (b, walk, key) = (middle, left, 2 &* key)
            } else {
                (a, before) = (middle, blend(1, before, 1, left))
                (walk, key) = (blend(1, walk, -1, left), 2 &* key &+ 1)
            }
        }
        return blend(1, before, 1, walk)
    }

    /// To six decimals as Python rounds: what looks like a half is nearly always more or less.
    private static func rounded(_ time: Double) -> Double {
        let low = (time * 1e6).rounded(.down)
        // The product is exact here.
        let beyondHalf = (-(low + 0.5)).addingProduct(time, 1e6)
        if beyondHalf == 0 { return (low + 0.5).rounded(.toNearestOrEven) / 1e6 }
        return (beyondHalf > 0 ? low + 1 : low) / 1e6
    }
}
