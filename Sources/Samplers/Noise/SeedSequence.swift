/// numpy's `SeedSequence`: words of 32 bits from an entropy and the keys of a branch of a tree
/// (O'Neill 2015; numpy `random/bit_generator.pyx`).
struct SeedSequence {
    private let pool: [UInt32]

    /// - Parameters:
    ///   - keys: Those of the branch; none is the root.
    ///   - size: Words that are kept.
    init(entropy: UInt64, keys: [UInt64] = [], size: Int) {
        var words = Self.words(entropy)
        if !keys.isEmpty {
            words += Array(repeating: 0, count: max(0, size - words.count))
            words += keys.flatMap(Self.words)
        }
        var multiplier: UInt32 = 0x43b0_d7e5
        func hashed(_ word: UInt32) -> UInt32 {
            var word = word ^ multiplier
            multiplier &*= 0x931e_8875
            word &*= multiplier
            return word ^ (word >> 16)
        }
        func mixed(_ x: UInt32, _ y: UInt32) -> UInt32 {
            let mix = 0xca01_f9dd &* x &- 0x4973_f715 &* y
            return mix ^ (mix >> 16)
        }
        var pool = (0..<size).map { hashed($0 < words.count ? words[$0] : 0) }
        for source in 0..<size {
            for target in 0..<size where target != source {
                pool[target] = mixed(pool[target], hashed(pool[source]))
            }
        }
        for word in words.dropFirst(size) {
            for target in 0..<size { pool[target] = mixed(pool[target], hashed(word)) }
        }
        self.pool = pool
    }

    /// The first word of its state.
    var firstWord: UInt32 {
        var word = pool[0] ^ 0x8b51_f9dd
        word &*= 0x8b51_f9dd &* 0x58f3_8ded
        return word ^ (word >> 16)
    }

    /// Lowest first; 0 is one word.
    private static func words(_ value: UInt64) -> [UInt32] {
        let high = UInt32(value >> 32)
        return [UInt32(truncatingIfNeeded: value)] + (high > 0 ? [high] : [])
    }
}
