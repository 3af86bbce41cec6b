import PinxitCheckpoints
import PinxitTokenizers

extension CLIPTokenizer {
    /// Learns words: those with vectors of a text encoder's width, under ids behind its own.
    ///
    /// - Returns: The words that it has learnt, in the order of their ids.
    package mutating func learn(
        _ embeddings: [WordEmbedding], of tower: CLIPTextConfiguration
    ) -> [WordEmbedding] {
        var next = Int32(tower.vocabularySize)
        return embeddings.filter { embedding in
            guard let count = embedding.count(width: tower.hiddenSize) else { return false }
            let ids = (0..<Int32(count)).map { next + $0 }
            next += Int32(count)
            add(word: embedding.word, ids: ids)
            // ComfyUI's way to write it.
            add(word: "embedding:\(embedding.word)", ids: ids)
            return true
        }
    }
}
