import PinxitTensors

/// Batches of samples of which only those of one bucket can be together, known from seed and step
/// alone.
///
/// Each bucket has an order of epochs of its own. Of every as many steps as there are samples, each
/// bucket takes as many as it has samples, spread evenly with some chance: so all samples are seen
/// equally often, and a bucket of fewer samples than a batch has shows some of them twice in one.
struct BucketOrder {
    private let seed: UInt64
    private let counts: [Int]
    private var orders: [EpochOrder]
    private var round = -1
    /// Of the round's steps: whose bucket's turn it is, and which of its turns.
    private var turns: [(bucket: Int, turn: Int)] = []

    /// - Parameter counts: Samples in each bucket, one or more.
    init(counts: [Int], seed: UInt64) {
        (self.counts, self.seed) = (counts, seed)
        orders = counts.enumerated().map { EpochOrder(count: $1, seed: seed &+ UInt64($0)) }
    }

    /// A step's bucket, and the samples of its batch, by their number within the bucket.
    mutating func batch(step: Int, size: Int) -> (bucket: Int, samples: [Int]) {
        let (round, place) = step.quotientAndRemainder(dividingBy: counts.reduce(0, +))
        if round != self.round { plan(round) }
        let (bucket, turn) = turns[place]
        return (bucket, orders[bucket].batch(step: turn, size: size))
    }

    private mutating func plan(_ wanted: Int) {
        round = wanted
        var random = SplitMix64(seed: seed ^ 0x6275_636B_6574, index: wanted)
        var planned: [(time: Double, bucket: Int, turn: Int)] = []
        for (bucket, count) in counts.enumerated() {
            for number in 0..<count {
                let time = (Double(number) + random.unit()) / Double(count)
                planned.append((time, bucket, wanted * count + number))
            }
        }
        planned.sort { ($0.time, $0.bucket) < ($1.time, $1.bucket) }
        turns = planned.map { ($0.bucket, $0.turn) }
    }
}
