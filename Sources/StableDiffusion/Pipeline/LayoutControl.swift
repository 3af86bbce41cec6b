import PinxitTensors

// Legend: Q pixels of a map, K tokens of a text with its padding.

/// Who looks at attention while latents are drawn, and is told of rows and steps.
package protocol LatentAttentionControl: AttentionControl {
    /// Says whose texts the rows of the next evaluation have; nil for those that guidance leads
    /// away from.
    func begin(_ rows: [String?], latentHeight: Int)
    /// Says how many steps are done, 0 before the first.
    func begin(afterSteps done: Int, of total: Int)
}

/// Draws a text with the layout of another's picture: the last of two prompts takes the attention
/// of the one before it (prompt-to-prompt, Hertz et al. 2022, arXiv 2208.01626).
///
/// Words that both have, and words that take others' place, keep the maps of the other picture for
/// the first part of the steps; new words have their own. In a part of these self-attention is the
/// other picture's too, at maps of up to 32x32.
///
/// Used on the engine's thread only.
package final class LayoutControl: LatentAttentionControl {
    /// Which tokens of the other text each token takes the maps of.
    package struct Alignment: Sendable, Equatable {
        /// `[K, K]`, row by row: how much of each token of the other text (rows) a token (columns)
        /// takes.
        package var shares: [Float]
        /// Of K tokens, 1 for those that take them and 0 for those that keep their own.
        package var isTaken: [Float]
        /// Of K tokens, what their maps are multiplied by.
        package var weights: [Float]

        package init(shares: [Float], isTaken: [Float], weights: [Float]) {
            precondition(
                shares.count == isTaken.count * isTaken.count && weights.count == isTaken.count,
                "\(shares.count) shares and \(weights.count) weights of \(isTaken.count) tokens")
            (self.shares, self.isTaken, self.weights) = (shares, isTaken, weights)
        }
    }

    private let shares: Tensor
    private let taken: Tensor
    private let own: Tensor
    private let weights: Tensor
    private let tokens: Int
    private let cross: Double
    private let itself: Double
    private var holdsWords = true
    private var holdsPlaces = true
    private static let mostPixels = 32 * 32

    /// - Parameters:
    ///   - cross: The part of the steps in which words' maps are the other picture's.
    ///   - itself: The part in which self-attention is.
    package init(_ alignment: Alignment, cross: Double, itself: Double) {
        tokens = alignment.isTaken.count
        shares = Tensor(alignment.shares, shape: [tokens, tokens])
        taken = Tensor(alignment.isTaken, shape: [1, 1, 1, tokens])
        own = taken.affine(-1, 1)
        weights = Tensor(alignment.weights, shape: [1, 1, 1, tokens])
        (self.cross, self.itself) = (cross, itself)
    }

    package func begin(_ rows: [String?], latentHeight: Int) {}

    package func begin(afterSteps done: Int, of total: Int) {
        holdsWords = done < Int(Double(total) * cross)
        holdsPlaces = done < Int(Double(total) * itself)
    }

    package func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, at place: AttentionPlace
    ) -> Tensor? {
        let last = q.shape[0] - 1
        func row(_ x: Tensor, _ index: Int) -> Tensor { x.sliced(axis: 0, index..<index + 1) }
        func probabilities(_ index: Int) -> Tensor {
            attentionProbabilities(row(q, index), row(k, index), heads: heads)
        }
        var held: Tensor
        switch place.target {
        case .text:
            guard holdsWords else { return nil }
            // There are more where a negative prompt is longer: the padding behind both stays.
            let count = k.shape[1]
            precondition(count >= tokens, "\(count) tokens, aligned for \(tokens)")
            let (theirs, mine) = (probabilities(last - 1), probabilities(last))
            let axis = mine.rank - 1
            let others = theirs.sliced(axis: axis, 0..<tokens)
            held = matmul(others.reshaped([heads * q.shape[1], tokens]), shares)
                .reshaped(others.shape)
            held = (held * taken + mine.sliced(axis: axis, 0..<tokens) * own) * weights
            if count > tokens {
                held = concatenate(
                    [held, mine.sliced(axis: axis, tokens..<count)], axis: axis)
            }
        case .itself:
            guard holdsPlaces, q.shape[1] <= Self.mostPixels else { return nil }
            held = probabilities(last - 1)
        }
        func others(_ x: Tensor) -> Tensor { x.sliced(axis: 0, 0..<last) }
        return concatenate(
            [
                attention(others(q), others(k), others(v), heads: heads),
                attended(held, row(v, last)),
            ], axis: 0)
    }
}
