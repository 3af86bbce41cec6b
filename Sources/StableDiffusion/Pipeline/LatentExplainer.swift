import PinxitSamplers
import PinxitTensors

// Legend: H W a map's height and width, T tokens, C latent channels.

/// Watches a picture being drawn: what its pixels look at of each text, and what guidance changes.
///
/// The recipe is DAAM's (Tang et al. 2022, arXiv 2210.04885): cross-attention of the way down and
/// up, summed over heads, layers and steps. Only rows that are given a text are looked at, whatever
/// stands beside them in the batch. Sums are kept by size of map, so that memory does not grow with
/// layers or steps. The picture is the same to the bit as without.
///
/// Used on the engine's thread only.
package final class LatentExplainer: LatentAttentionControl {
    /// What layers of one size of map looked at of a text.
    package struct Attention {
        /// The sum of all probabilities, `[H, W, T]` in f32.
        package var sum: Tensor
        /// How many of them were added: heads of layers of evaluations.
        package var count: Int
    }

    /// What guidance changed at one evaluation.
    package struct Guidance {
        /// Of the schedule.
        package let timestep: Float
        /// The root mean square of what it added to the prediction with the text, as a part of that
        /// prediction's own.
        package let share: Double
    }

    private struct Key: Hashable {
        let text: String
        let height: Int
        let width: Int
    }

    private var sums: [Key: Attention] = [:]
    private var changed: (sum: Tensor, count: Int)?
    /// In the order of evaluation.
    package private(set) var guidance: [Guidance] = []
    /// Seconds spent looking.
    package private(set) var seconds = 0.0
    /// The text of each row of the batch at hand; nil for those that guidance leads away from.
    private var rows: [String?] = []
    private var latentHeight = 0

    package init() {}

    /// Forgets everything, for another picture.
    package func reset() {
        (sums, changed, guidance, seconds) = ([:], nil, [], 0)
    }

    /// What was looked at of a text, the smallest map first.
    package func attention(to text: String) -> [Attention] {
        sums.filter { $0.key.text == text }.sorted { $0.key.height < $1.key.height }.map(\.value)
    }

    /// The mean over evaluations and channels of what guidance added to the prediction, `[H, W]`;
    /// nil where there was none.
    package var guidanceMap: Tensor? { changed.map { $0.sum * (1 / Float($0.count)) } }

    package func begin(afterSteps done: Int, of total: Int) {}

    package func begin(_ rows: [String?], latentHeight: Int) {
        (self.rows, self.latentHeight) = (rows, latentHeight)
    }

    package func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, at place: AttentionPlace
    ) -> Tensor? {
        // As DAAM: neither the middle nor what sees the picture in less than an eighth.
        guard place.target == .text, place.part != .middle, place.height * 8 > latentHeight
        else { return nil }
        measuring {
            for case (let row, let text?) in rows.enumerated() {
                add(
                    q, k, heads, row: row, Key(text: text, height: place.height, width: place.width)
                )
            }
        }
        return nil
    }

    private func add(_ q: Tensor, _ k: Tensor, _ heads: Int, row: Int, _ key: Key) {
        let probabilities = attentionProbabilities(
            q.sliced(axis: 0, row..<row + 1), k.sliced(axis: 0, row..<row + 1), heads: heads)
        let sum = probabilities.sum(axis: 1).reshaped([key.height, key.width, k.shape[1]])
        let before = sums[key]
        sums[key] = Attention(
            sum: before.map { $0.sum + sum } ?? sum, count: (before?.count ?? 0) + heads)
    }

    /// A network that is guided, watched.
    ///
    /// - Parameters:
    ///   - scale: Of the guidance.
    ///   - network: Gives predictions joined along the batch, the last with the text, the one
    ///     before without it.
    func watching(_ network: @escaping Network, guidanceScale scale: Float) -> Network {
        { [unowned self] x, timestep in
            let y = try network(x, timestep)
            measuring { watch(y, timestep, scale) }
            return y
        }
    }

    private func watch(_ y: Tensor, _ timestep: Float, _ scale: Float) {
        let count = y.shape[0]
        func prediction(_ row: Int) -> Tensor { y.sliced(axis: 0, row..<row + 1) }
        let own = prediction(count - 1)
        let added = (own - prediction(count - 2)) * (scale - 1)
        let map = added.abs.mean(axis: 3).reshaped([y.shape[1], y.shape[2]])
        // A second pass is of another size: its map takes the first one's place.
        let before = changed.flatMap { $0.sum.shape == map.shape ? $0 : nil }
        changed = (before.map { $0.sum + map } ?? map, (before?.count ?? 0) + 1)
        guidance.append(
            Guidance(timestep: timestep, share: own.norm > 0 ? added.norm / own.norm : 0))
    }

    private func measuring(_ body: () -> Void) {
        let start = ContinuousClock.now
        body()
        seconds += (ContinuousClock.now - start) / .seconds(1)
    }
}
