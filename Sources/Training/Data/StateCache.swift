import PinxitTensors

/// Text states of the training captions, made when first wanted and kept: a frozen text tower gives
/// the same ones in every epoch.
///
/// They are made in fixed groups of neighbours, so that a state never depends on which batch wanted
/// it first.
final class StateCache {
    private static let group = 64

    private let count: Int
    private let encode: (Range<Int>) -> Tensor
    private var states: Tensor?
    private var isKnown: [Bool]

    /// - Parameter encode: The states of a range of captions, `[captions, tokens, features]`.
    init(count: Int, encode: @escaping (Range<Int>) -> Tensor) {
        self.count = count
        self.encode = encode
        isKnown = [Bool](repeating: false, count: (count + Self.group - 1) / Self.group)
    }

    /// `[indices, tokens, features]`.
    func gather(_ indices: [Int]) -> Tensor {
        for index in indices where !isKnown[index / Self.group] { fill(index / Self.group) }
        guard let states else { preconditionFailure("no states are wanted of \(count)") }
        return states.gathered(indices, type: states.type)
    }

    private func fill(_ group: Int) {
        let range = group * Self.group..<min((group + 1) * Self.group, count)
        let made = encode(range)
        let all = states ?? made.room(for: count)
        all.replaceRows(range, by: made)
        (states, isKnown[group]) = (all, true)
    }
}
