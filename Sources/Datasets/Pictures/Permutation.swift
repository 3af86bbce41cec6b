import PinxitTensors

/// An order of `count` things for each round, of which any place can be asked for: a Feistel
/// network over the next power of four, walked until it falls within the count.
struct Permutation: Sendable {
    let count: Int
    private let seed: UInt64
    private let halfBits: Int
    private static let layers = 4

    init(count: Int, seed: UInt64) {
        precondition(count > 0, "\(count) things have no order")
        (self.count, self.seed) = (count, seed)
        let bits = max(2, Int.bitWidth - (count - 1).leadingZeroBitCount)
        halfBits = (bits + 1) / 2
    }

    /// Which thing comes at a place of a round.
    func callAsFunction(_ place: Int, round: Int) -> Int {
        precondition((0..<count).contains(place), "there is no place \(place) among \(count)")
        var random = SplitMix64(seed: seed, index: round)
        let keys = (0..<Self.layers).map { _ in random.next() }
        var value = UInt64(place)
        repeat { value = network(value, keys) } while value >= UInt64(count)
        return Int(value)
    }

    private func network(_ value: UInt64, _ keys: [UInt64]) -> UInt64 {
        let mask = UInt64(1) << UInt64(halfBits) - 1
        var (left, right) = (value >> UInt64(halfBits), value & mask)
        for key in keys {
            var mixer = SplitMix64(seed: key &+ right)
            (left, right) = (right, (left ^ mixer.next()) & mask)
        }
        return left << UInt64(halfBits) | right
    }
}
