import PinxitTensors

/// Fewer tokens for self-attention, whose cost grows with their square: those most alike are merged
/// before it and get the same result after it (Bolya & Hoffman 2023, "Token merging for fast Stable
/// Diffusion", arXiv 2303.17604).
///
/// Of each 2x2 pixels one, drawn at random, is a destination; the others that are most similar to a
/// destination are merged into it, by their mean. Only at the U-Net's largest maps, where it pays.
public final class TokenMerging {
    /// The part of the tokens that is merged away, up to 3 of 4.
    let ratio: Double
    private var random = SplitMix64(seed: 0)

    /// - Parameter ratio: The part of the tokens that is merged away, above 0 and up to 0.75.
    public init(ratio: Double) {
        precondition(ratio > 0 && ratio <= 0.75, "a ratio of \(ratio)")
        self.ratio = ratio
    }

    /// Starts a new picture.
    public func reset(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Which tokens to merge.
    ///
    /// - Parameter x: `[batch, height, width, channels]`.
    func merge(_ x: Tensor) -> TokenMerge? {
        let (batch, height, width, channels) = x.picture
        let merged = Int(Double(height * width) * ratio)
        guard height % 2 == 0, width % 2 == 0, merged > 0 else { return nil }
        let (destinations, sources) = split(height, width)
        let tokens = normalisedRows(x.reshaped([batch, height * width, channels]))
        var ids = [Int32]()
        for b in 0..<batch {
            let own = tokens.sliced(axis: 0, b..<b + 1).reshaped([height * width, channels])
            let similarity = matmul(
                rows(own, sources), rows(own, destinations), transposeB: true)
            ids += plan(similarity.cast(to: .f32), sources, destinations, merged).map {
                $0 + Int32(b * (height * width - merged))
            }
        }
        return TokenMerge(ids: ids, batch: batch, kept: height * width - merged)
    }

    /// One destination of each 2x2 tokens; all others are sources.
    private func split(_ height: Int, _ width: Int) -> (destinations: [Int32], sources: [Int32]) {
        var isDestination = [Bool](repeating: false, count: height * width)
        for row in stride(from: 0, to: height, by: 2) {
            for column in stride(from: 0, to: width, by: 2) {
                let choice = Int(random.next() % 4)
                isDestination[(row + choice / 2) * width + column + choice % 2] = true
            }
        }
        let all = (0..<Int32(height * width))
        return (all.filter { isDestination[Int($0)] }, all.filter { !isDestination[Int($0)] })
    }

    private func rows(_ x: Tensor, _ places: [Int32]) -> Tensor {
        embedding(x, Tensor(places, shape: [places.count]), type: x.type)
    }

    /// The place of every token among those that are kept: sources that stay first, then the
    /// destinations.
    private func plan(
        _ similarity: Tensor, _ sources: [Int32], _ destinations: [Int32], _ merged: Int
    ) -> [Int32] {
        let columns = destinations.count
        let values = similarity.floats
        let nearest = sources.indices.map { row in
            var (best, place) = (-Float.infinity, 0)
            for column in 0..<columns where values[row * columns + column] > best {
                (best, place) = (values[row * columns + column], column)
            }
            return (row: row, best: best, place: place)
        }.sorted { ($1.best, $0.row) < ($0.best, $1.row) }
        let stay = sources.count - merged
        var ids = [Int32](repeating: 0, count: sources.count + columns)
        for (place, token) in destinations.enumerated() { ids[Int(token)] = Int32(stay + place) }
        for match in nearest.prefix(merged) {
            ids[Int(sources[match.row])] = Int32(stay + match.place)
        }
        for (place, match) in nearest.dropFirst(merged).enumerated() {
            ids[Int(sources[match.row])] = Int32(place)
        }
        return ids
    }

    private func normalisedRows(_ x: Tensor) -> Tensor {
        let y = x.cast(to: .f32)
        let length = (y.squared.sum(axis: 2) + 1e-12).sqrt.reshaped([y.shape[0], y.shape[1], 1])
        return (y / length).cast(to: x.type)
    }
}

/// Where each token goes.
struct TokenMerge {
    /// For every token of every sample the row of its merged one.
    private let ids: Tensor
    private let shares: Tensor
    private let batch: Int
    private let kept: Int

    fileprivate init(ids: [Int32], batch: Int, kept: Int) {
        self.ids = Tensor(ids, shape: [ids.count])
        var counts = [Float](repeating: 0, count: batch * kept)
        for id in ids { counts[Int(id)] += 1 }
        shares = Tensor(counts.map { 1 / $0 }, shape: [batch * kept, 1])
        (self.batch, self.kept) = (batch, kept)
    }

    /// `[batch, tokens, channels]` to `[batch, kept, channels]`, those merged by their mean.
    func merged(_ x: Tensor) -> Tensor {
        let channels = x.shape[2]
        let sums = embeddingGradient(
            ids: ids, x.reshaped([ids.count, channels]), table: [batch * kept, channels])
        return (sums * shares).cast(to: x.type).reshaped([batch, kept, channels])
    }

    /// The other way: all that were merged get the same.
    func unmerged(_ x: Tensor) -> Tensor {
        let channels = x.shape[2]
        return embedding(x.reshaped([batch * kept, channels]), ids, type: x.type)
            .reshaped([batch, ids.count / batch, channels])
    }
}
