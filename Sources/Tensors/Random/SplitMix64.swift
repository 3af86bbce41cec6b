import PinxitPlatform

/// SplitMix64 (Steele, Lea & Flood 2014): a 64-bit state, one addition and a mix per number.
///
/// Small, fast, and the same on every machine: it draws data, time steps and training noise.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The stream of a seed; near seeds give unrelated streams.
    public init(seed: UInt64) { state = seed }

    /// An independent stream for one index of a seed, such as a picture or a training step.
    public init(seed: UInt64, index: Int) {
        var mixer = SplitMix64(seed: seed ^ 0x6A09_E667_F3BC_C908)
        let offset = mixer.next()
        var second = SplitMix64(seed: offset &+ UInt64(bitPattern: Int64(index)))
        state = second.next()
    }

    /// All 64 bits are random.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Passes over numbers, as many calls of ``next()`` do.
    public mutating func skip(_ count: Int) {
        state &+= UInt64(bitPattern: Int64(count)) &* 0x9E37_79B9_7F4A_7C15
    }

    /// 0 up to but without 1, from the upper 53 bits.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// 0 up to but without `bound`.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "nothing lies below \(bound)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True with that probability; 0 or less is never, 1 or more always.
    public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// An index drawn in proportion to the weights.
    /// - Precondition: their sum is positive.
    public mutating func weighted(_ weights: [Double]) -> Int {
        var rest = unit() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return weights.lastIndex { $0 > 0 } ?? 0
    }

    /// The elements in another order, by Fisher and Yates. The standard library's
    /// `shuffled(using:)` may change between releases.
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for last in stride(from: result.count - 1, to: 0, by: -1) {
            result.swapAt(last, below(last + 1))
        }
        return result
    }

    /// Uniform in [0, 1) with 24 bits.
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A standard normal number, by Box–Muller.
    public mutating func normal() -> Float {
        let radius = (-2 * logf(1 - uniform())).squareRoot()
        return radius * cosf(2 * .pi * uniform())
    }

    /// Standard normal numbers, both of each pair used.
    public mutating func normal(_ shape: Shape) -> Tensor {
        let count = shape.count
        let values = [Float](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
            for i in stride(from: 0, to: count, by: 2) {
                let radius = (-2 * logf(1 - uniform())).squareRoot()
                let angle = 2 * Float.pi * uniform()
                buffer[i] = radius * cosf(angle)
                buffer[i + 1] = radius * sinf(angle)
            }
            initialized = count
        }
        return Tensor(values, shape: shape)
    }
}
