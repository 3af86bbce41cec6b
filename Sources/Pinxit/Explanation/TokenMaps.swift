import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

/// What a picture's parts looked at of a text, token by token, from the sums of all sizes of maps
/// (DAAM's: the mean over heads, layers and evaluations, each brought to the latents' size).
struct TokenMaps {
    private let sums: [(height: Int, width: Int, values: [Float], count: Int)]
    /// Tokens that pixels look at, padding among them.
    let tokenCount: Int
    private let total: Int
    private let side: PictureSize

    /// - Parameters:
    ///   - sums: At least one, of `[height, width, tokens]` numbers each, and of how many maps it
    ///     is the sum.
    ///   - side: What the maps are brought to.
    init(
        sums: [(height: Int, width: Int, values: [Float], count: Int)], tokenCount: Int,
        side: PictureSize
    ) {
        (self.sums, self.tokenCount, self.side) = (sums, tokenCount, side)
        total = sums.reduce(0) { $0 + $1.count }
    }

    /// - Parameters:
    ///   - attention: At least one.
    ///   - side: The latents'.
    init(_ attention: [LatentExplainer.Attention], side: PictureSize) {
        self.init(
            sums: attention.map {
                ($0.sum.shape[0], $0.sum.shape[1], $0.sum.floats, $0.count)
            }, tokenCount: attention[0].sum.shape[2], side: side)
    }

    /// The map of a token.
    func map(_ token: Int) -> HeatMap {
        var result = [Float](repeating: 0, count: side.width * side.height)
        for sum in sums {
            let plane = stride(from: token, to: sum.values.count, by: tokenCount).map {
                sum.values[$0]
            }
            let map = HeatMap(width: sum.width, height: sum.height, values: plane)
                .resized(width: side.width, height: side.height)
            // Bicubic leads below 0 beside what is bright.
            for (place, value) in map.values.enumerated() { result[place] += max(0, value) }
        }
        return HeatMap(
            width: side.width, height: side.height, values: result.map { $0 / Float(total) })
    }

    /// The share of all attention that each token got; their sum is 1.
    var shares: [Double] {
        var shares = [Double](repeating: 0, count: tokenCount)
        for sum in sums {
            let pixels = Double(sum.width * sum.height)
            for (place, value) in sum.values.enumerated() {
                shares[place % tokenCount] += Double(value) / pixels
            }
        }
        return shares.map { $0 / Double(total) }
    }
}
