import PinxitTensors
import Testing

@testable import PinxitTraining

/// What ranks draw is what one alone draws.
@Suite struct DrawnPartsTests {
    @Test(
        "A rank's rows of noise are the batch's, and the stream goes on alike", arguments: [6, 5])
    func noise(row: Int) async {
        await Engine.run {
            var whole = SplitMix64(seed: 9, index: 2)
            let all = whole.normal([4, row]).floats
            for rank in 0..<2 {
                var random = SplitMix64(seed: 9, index: 2)
                let rows = 2 * rank..<2 * rank + 2
                let own = random.normal(rows, of: 4, row: [row]).floats
                #expect(own == Array(all[rows.lowerBound * row..<rows.upperBound * row]))
                var (one, other) = (whole, random)
                #expect(one.next() == other.next())
            }
        }
    }

    @Test("Augmentations of a part are those of the whole", arguments: Augmentation.allCases)
    func augmentations(_ augmentation: Augmentation) async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let pictures = random.normal([8, 8, 8, 3])
            var first = SplitMix64(seed: 2)
            let whole = augmentation(pictures, share: 0.7, &first).floats
            var optimisation = OptimisationSettings.benchmark
            optimisation.batch = 4
            let each = 8 * 8 * 3
            for rank in 0..<2 {
                optimisation.ranks = Ranks(rank: rank, size: 2, MPITransport())
                let starts = [2 * rank, 4 + 2 * rank]
                let own = concatenate(
                    starts.map { pictures.sliced(axis: 0, $0..<$0 + 2) }, axis: 0)
                var second = SplitMix64(seed: 2)
                let found = augmentation(
                    own, DrawnRows(of: optimisation, times: 2), share: 0.7, &second
                ).floats
                #expect(found == starts.flatMap { whole[$0 * each..<($0 + 2) * each] })
            }
        }
    }
}
