import Synchronization

/// The ids of words met before; shared by the copies of a tokenizer and safe from any thread.
final class WordCache: Sendable {
    /// After that many words no more are added: captions repeat a small vocabulary.
    private static let limit = 20_000

    private let words = Mutex<[[UInt8]: [Int32]]>([:])

    func ids(of word: [UInt8], _ encode: ([UInt8]) -> [Int32]) -> [Int32] {
        if let known = words.withLock({ $0[word] }) { return known }
        let ids = encode(word)
        words.withLock { words in
            if words.count < Self.limit { words[word] = ids }
        }
        return ids
    }
}
