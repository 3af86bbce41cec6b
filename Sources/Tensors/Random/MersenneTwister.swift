/// MT19937 (Matsumoto & Nishimura 1998), seeded as PyTorch's CPU generator seeds it.
struct MersenneTwister: Sendable {
    private var state: [UInt32]
    private var position: Int

    /// - Parameter seed: Only the low 32 bits count, as in PyTorch.
    init(seed: UInt64) {
        state = [UInt32](repeating: 0, count: 624)
        state[0] = UInt32(truncatingIfNeeded: seed)
        for i in 1..<624 {
            state[i] = 1_812_433_253 &* (state[i - 1] ^ (state[i - 1] >> 30)) &+ UInt32(i)
        }
        position = 624
    }

    mutating func next() -> UInt32 {
        if position == 624 { refill() }
        var y = state[position]
        position += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9d2c_5680
        y ^= (y << 15) & 0xefc6_0000
        return y ^ (y >> 18)
    }

    private mutating func refill() {
        for i in 0..<624 {
            let y = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7fff_ffff)
            state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_b0df)
        }
        position = 0
    }

    /// The complete state, for exact resume: 624 words and the position.
    var words: [UInt32] {
        get { state + [UInt32(position)] }
        set {
            precondition(
                newValue.count == 625 && newValue[624] <= 624, "not a Mersenne Twister state")
            state = Array(newValue[0..<624])
            position = Int(newValue[624])
        }
    }
}
