import Testing

@testable import PinxitTraining

/// Batches of one bucket each.
@Suite struct BucketOrderTests {
    @Test("All samples are seen equally often, batches are of one bucket, wherever it is entered")
    func order() {
        let counts = [7, 1, 12]
        var order = BucketOrder(counts: counts, seed: 5)
        let steps = (0..<40).map { order.batch(step: $0, size: 4) }
        for round in 0..<2 {
            var seen = counts.map { [Int](repeating: 0, count: $0) }
            for (bucket, samples) in steps[round * 20..<round * 20 + 20] {
                #expect(samples.count == 4)
                for sample in samples { seen[bucket][sample] += 1 }
            }
            for (bucket, times) in seen.enumerated() {
                #expect(times.allSatisfy { $0 == 4 }, "\(bucket)")
            }
        }
        #expect(steps[..<20].map(\.bucket) != steps[20...].map(\.bucket))
        var resumed = BucketOrder(counts: counts, seed: 5)
        for step in [33, 2, 20] {
            #expect(resumed.batch(step: step, size: 4) == steps[step])
        }
    }

    @Test("Buckets come in turn as large as they are, in every part of a round")
    func spread() {
        var order = BucketOrder(counts: [300, 100], seed: 1)
        let buckets = (0..<400).map { order.batch(step: $0, size: 2).bucket }
        for start in stride(from: 0, to: 400, by: 40) {
            let first = buckets[start..<start + 40].count { $0 == 0 }
            #expect(abs(first - 30) <= 2, "\(start): \(first)")
        }
    }

    @Test("One bucket has the order there is without buckets")
    func single() {
        var (one, other) = (BucketOrder(counts: [9], seed: 4), EpochOrder(count: 9, seed: 4))
        for step in 0..<30 {
            #expect(one.batch(step: step, size: 2).samples == other.batch(step: step, size: 2))
        }
    }
}
