import PinxitPlatform

/// Random numbers that equal PyTorch's CPU generator, `torch.Generator().manual_seed(seed)`.
///
/// Rules: aten/src/ATen/native/cpu/DistributionTemplates.h and core/TransformationHelper.h. The
/// normal numbers agree to a few units in the last place, since PyTorch approximates the logarithm
/// and sine with polynomials of its own.
public struct TorchGenerator: Sendable {
    private var twister: MersenneTwister
    /// The second of a pair of normal numbers, waiting for the next short draw.
    private var spare: Double?

    /// The state after `manual_seed(seed)`; of the seed the lower 32 bits count, as in PyTorch.
    public init(seed: UInt64) { twister = MersenneTwister(seed: seed) }

    /// `torch.randn(shape)`: standard normal numbers in f32.
    public mutating func normal(_ shape: Shape) -> Tensor {
        Tensor(normal(count: shape.count), shape: shape)
    }

    /// `torch.randn(count)`
    public mutating func normal(count: Int) -> [Float] {
        count < 16 ? (0..<count).map { _ in Float(shortNormal()) } : longNormal(count)
    }

    /// `torch.rand(count)`: uniform in [0, 1) with 24 bits.
    public mutating func uniform(count: Int) -> [Float] { (0..<count).map { _ in uniform() } }

    private mutating func uniform() -> Float { Float(twister.next() & 0xff_ffff) * 0x1p-24 }

    /// Box–Muller on blocks of 16; a remainder is drawn anew as a last block of 16 that overlaps
    /// the one before.
    private mutating func longNormal(_ count: Int) -> [Float] {
        var values = uniform(count: count)
        for start in stride(from: 0, through: count - 16, by: 16) { Self.transform(&values, start) }
        if count % 16 != 0 {
            for i in count - 16..<count { values[i] = uniform() }
            Self.transform(&values, count - 16)
        }
        return values
    }

    private static func transform(_ values: inout [Float], _ start: Int) {
        for j in start..<start + 8 {
            let radius = (-2 * logf(1 - values[j])).squareRoot()
            let angle = 2 * Float.pi * values[j + 8]
            values[j] = radius * cosf(angle)
            values[j + 8] = radius * sinf(angle)
        }
    }

    /// Box–Muller in double precision, two numbers at a time.
    private mutating func shortNormal() -> Double {
        if let value = spare {
            spare = nil
            return value
        }
        let u1 = uniformDouble()
        let u2 = uniformDouble()
        let radius = (-2 * log1p(-u2)).squareRoot()
        let angle = 2 * Double.pi * u1
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    private mutating func uniformDouble() -> Double {
        let high = UInt64(twister.next())
        let low = UInt64(twister.next())
        return Double((high << 32 | low) & ((1 << 53) - 1)) * 0x1p-53
    }

    /// The complete state, for exact resume.
    public var state: State {
        get { State(words: twister.words, spare: spare) }
        set {
            twister.words = newValue.words
            spare = newValue.spare
        }
    }

    /// The twister's words and place, and the normal number that waits, if one does.
    public struct State: Sendable, Codable, Equatable {
        var words: [UInt32]
        var spare: Double?
    }
}
