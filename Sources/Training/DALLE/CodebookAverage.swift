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

    init(_ w: Weights, codes: Int, width: Int, decay: Float = 0.99, deadShare: Float = 0.03) {
        self.decay = decay
        self.deadShare = deadShare
        counts = w.parameter("counts", [codes], .zeros)
        sums = w.parameter("sums", [codes, width], .zeros)
    }

    /// - Parameters:
    ///   - features: `[…, width]` of a batch.
    ///   - ids: The code each of them chose.
    /// - Returns: How many codes started anew.
    func update(
        _ quantiser: NearestQuantiser, features: Tensor, ids: Tensor, random: inout SplitMix64
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
        var (counts, sums) = (self.counts.floats, self.sums.floats)
        var codebook = quantiser.codebook.floats
        let dead = deadShare * Float(chosen.count) / Float(codes)
        var revived = 0
        for code in 0..<codes {
            counts[code] = decay * counts[code] + (1 - decay) * newCounts[code]
            let isDead = counts[code] < dead
            let source = isDead ? random.below(chosen.count) : 0
            if isDead {
                counts[code] = Float(chosen.count) / Float(codes)
                revived += 1
            }
            for i in code * width..<(code + 1) * width {
                sums[i] =
                    isDead
                    ? z[source * width + i - code * width] * counts[code]
                    : decay * sums[i] + (1 - decay) * newSums[i]
                codebook[i] = sums[i] / counts[code]
            }
        }
        self.counts.overwrite(with: Tensor(counts))
        self.sums.overwrite(with: Tensor(sums, shape: [codes, width]))
        quantiser.codebook.overwrite(with: Tensor(codebook, shape: [codes, width]))
        return revived
    }
}
