import PinxitTensors

/// A different shuffle of the samples in every epoch, known from seed and position alone.
struct EpochOrder {
    let count: Int
    let seed: UInt64
    private var epoch = -1
    private var order: [Int] = []

    init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    /// The samples of a step's batch.
    mutating func batch(step: Int, size: Int) -> [Int] {
        (step * size..<(step + 1) * size).map { position in
            let wanted = position / count
            if wanted != epoch { shuffle(wanted) }
            return order[position % count]
        }
    }

    private mutating func shuffle(_ wanted: Int) {
        epoch = wanted
        var random = SplitMix64(seed: seed, index: wanted)
        order = random.shuffled(Array(0..<count))
    }
}
