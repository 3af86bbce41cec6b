import PinxitFiles
import PinxitTensors

/// Text states of the training captions, made when first wanted and kept: a frozen text tower gives
/// the same ones in every epoch.
///
/// They are made in fixed groups of neighbours, so that a state never depends on which batch wanted
/// it first.
final class StateCache {
    private static let group = 64

    private let count: Int
    private let path: String
    private let encode: (Range<Int>) -> Tensor
    private var states: Tensor?
    private var isKnown: [Bool]

    /// - Parameters:
    ///   - path: Of the text tower, for messages.
    ///   - encode: The states of a range of captions, `[captions, tokens, features]`.
    init(count: Int, path: String, encode: @escaping (Range<Int>) -> Tensor) {
        (self.count, self.path) = (count, path)
        self.encode = encode
        isKnown = [Bool](repeating: false, count: (count + Self.group - 1) / Self.group)
    }

    /// `[indices, tokens, features]`.
    ///
    /// - Throws: `FileError` if all of them take more memory than there is.
    func gather(_ indices: [Int]) throws(FileError) -> Tensor {
        for index in indices where !isKnown[index / Self.group] { try fill(index / Self.group) }
        guard let states else { preconditionFailure("no states are wanted of \(count)") }
        return states.gathered(indices, type: states.type)
    }

    private func fill(_ group: Int) throws(FileError) {
        let range = group * Self.group..<min((group + 1) * Self.group, count)
        let made = encode(range)
        if states == nil {
            try TrainingMemory.checkRoom(
                for: [made], of: range.count, all: count, "text states", each: "captions",
                path: path)
        }
        let all = states ?? made.room(for: count)
        all.replaceRows(range, by: made)
        (states, isKnown[group]) = (all, true)
    }
}
