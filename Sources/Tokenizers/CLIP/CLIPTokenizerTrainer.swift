/// Learns a byte-pair vocabulary in CLIP's format from captions.
///
///     var trainer = CLIPTokenizerTrainer(vocabularySize: 2_048)
///     for caption in captions { trainer.add(caption) }
///     try trainer.train().write(to: "model/tokenizer", modelMaxLength: 32)
///
/// Captions are cleaned and cut into words exactly as `CLIPTokenizer` does. The pair of symbols
/// that is most frequent is merged, again and again; between equally frequent ones the first in
/// the order of their symbols' bytes, so the same captions always give the same files.
///
/// Two rules keep the symbols of Chinese meaningful, where a whole clause is one word: a symbol
/// holds whole characters or a part of one, never the end of one and the start of the next; and it
/// holds at most `longestRun` of them, so that "红色的猫" is not one symbol by being frequent.
public struct CLIPTokenizerTrainer: Sendable {
    /// Tokens in the finished vocabulary: 512 for the bytes, the merged ones, and the start and
    /// end tokens. Fewer where the captions run out of frequent pairs.
    public let vocabularySize: Int
    /// A pair is merged only if it occurs at least that often.
    public var minimumCount = 2
    /// The most characters of three or more UTF-8 bytes (Han, Kana, Hangul) in one symbol.
    public var longestRun = 3

    private var wordCounts: [[UInt8]: Int] = [:]

    /// - Precondition: at least 514: the bytes, twice, and the start and end tokens.
    public init(vocabularySize: Int) {
        precondition(
            vocabularySize >= 514, "a vocabulary of \(vocabularySize): at least 514 are needed")
        self.vocabularySize = vocabularySize
    }

    /// Counts the words of a caption, `count` times.
    public mutating func add(_ caption: String, count: Int = 1) {
        for word in CLIPText.words(CLIPText.normalized(caption.unicodeScalars)) {
            wordCounts[word, default: 0] += count
        }
    }

    /// The vocabulary for the captions added so far.
    public func train() -> CLIPVocabulary {
        var table = PairTable(longestRun: longestRun, minimumCount: minimumCount)
        // Sorted, because a dictionary's order differs from run to run.
        for (word, count) in wordCounts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            table.add(word, count: count)
        }
        table.start()
        var merges: [(String, String)] = []
        while table.symbols.count < vocabularySize - 2, let pair = table.popMostFrequent() {
            merges.append((table.symbols[pair.left].text, table.symbols[pair.right].text))
            table.merge(pair)
        }
        let symbols = table.symbols.map(\.text)
        return CLIPVocabulary(
            symbols: symbols + [TokenizerSettings.startToken, TokenizerSettings.endToken],
            merges: merges)
    }
}
