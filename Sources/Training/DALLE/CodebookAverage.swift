import PinxitDALLE
import PinxitLayers
import PinxitTensors

/// Moves the codes of a ``NearestQuantiser`` to the mean of the features that chose them, by moving
/// averages of counts and sums (van den Oord et al. 2017, appendix A.1). A code that hardly
/// anything chooses starts anew at a feature of the batch.
///
/// Its state is kept with the parameters, which the optimiser leaves alone for want of a gradient.
struct CodebookAverage {
    private let decay: Float
    /// A count below which a code is dead, as a share of even use.
    private let deadShare: Float
    private let counts: Tensor
    private let sums: Tensor
    /// Whether the codes were learnt before: then they begin as if all were used evenly.
    private let isLearnt: Bool

    init(
        _ w: Weights, codes: Int, width: Int, decay: Float = 0.99, deadShare: Float = 0.03,
        isLearnt: Bool = false
    ) {
        self.decay = decay
        self.deadShare = deadShare
        self.isLearnt = isLearnt
        counts = w.parameter("counts", [codes], .zeros)
        sums = w.parameter("sums", [codes, width], .zeros)
    }

    /// - Parameters:
    ///   - features: `[…, width]` of a batch: this rank's.
    ///   - ids: The code each of them chose.
    ///   - ranks: Who have the others.
    /// - Returns: How many codes started anew.
    func update(
        _ quantiser: NearestQuantiser, features: Tensor, ids: Tensor, _ ranks: Ranks = .alone,
        random: inout SplitMix64
    ) -> Int {
        let (codes, width) = (quantiser.codes, quantiser.inputWidth)
        let z = features.detached.cast(to: .f32).floats
        let chosen = ids.integers
        var (newCounts, newSums) = (
            [Float](repeating: 0, count: codes), [Float](repeating: 0, count: codes * width)
        )
        for (row, id) in chosen.enumerated() {
            newCounts[Int(id)] += 1
            for i in 0..<width { newSums[Int(id) * width + i] += z[row * width + i] }
        }
        (newCounts, newSums) = (ranks.sum(newCounts), ranks.sum(newSums))
        var (counts, sums) = (self.counts.floats, self.sums.floats)
        var codebook = quantiser.codebook.floats
        let count = chosen.count * ranks.size
        let even = Float(count) / Float(codes)
        let dead = deadShare * even
        if isLearnt, counts.allSatisfy({ $0 == 0 }) {
            counts = counts.map { _ in even }
            sums = codebook.map { $0 * even }
        }
        for code in 0..<codes {
            counts[code] = decay * counts[code] + (1 - decay) * newCounts[code]
        }
        let revived = (0..<codes).filter { counts[$0] < dead }
        let starts = rows(revived.map { _ in random.below(count) }, of: z, width, ranks)
        for i in sums.indices { sums[i] = decay * sums[i] + (1 - decay) * newSums[i] }
        for (place, code) in revived.enumerated() {
            counts[code] = even
            for i in 0..<width { sums[code * width + i] = starts[place * width + i] * counts[code] }
        }
        for i in sums.indices { codebook[i] = sums[i] / counts[i / width] }
        self.counts.overwrite(with: Tensor(counts))
        self.sums.overwrite(with: Tensor(sums, shape: [codes, width]))
        quantiser.codebook.overwrite(with: Tensor(codebook, shape: [codes, width]))
        return revived.count
    }

    /// Rows of the features of all ranks, one behind the other.
    private func rows(_ indices: [Int], of own: [Float], _ width: Int, _ ranks: Ranks) -> [Float] {
        let count = own.count / width
        let first = ranks.rank * count
        // Of all ranks one has the row, and zeros change no sum.
        return ranks.sum(
            indices.flatMap { index in
                (0..<width).map { i in
                    (first..<first + count).contains(index) ? own[(index - first) * width + i] : 0
                }
            })
    }
}
