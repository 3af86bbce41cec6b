import PinxitFiles
import PinxitTokenizers

/// A word that a model trained here has never been shown.
public struct UnlearntWord: Sendable, Equatable {
    /// In lower case.
    public let word: String
    /// Words it has been shown that may have been meant, the nearest first; may be empty.
    public let nearest: [String]
}

extension LearntWords {
    /// The words of texts that the model has never been shown, each once, in their order.
    func unlearnt(in texts: [String]) -> [UnlearntWord] {
        var words: [UnlearntWord] = []
        for word in texts.flatMap(unknown) where !words.contains(where: { $0.word == word }) {
            words.append(UnlearntWord(word: word, nearest: nearest(to: word)))
        }
        return words
    }
}
