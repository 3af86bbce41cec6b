import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion

/// What can be told of a textual inversion without reading its vectors.
public struct EmbeddingFacts: Sendable {
    /// What stands for its vectors in prompts, where nobody gives another word.
    public let word: String
    /// Vectors of the word.
    public let count: Int
    /// Features of its vectors, for each encoder that they are for.
    public let widths: [Int]

    /// - Throws: `FileError` for a file that is broken or no textual inversion.
    public init(_ file: String) throws(FileError) {
        (word, count, widths) = try WordEmbedding.outline(file: file)
    }

    /// Whether a text encoder of a model takes its vectors.
    public func fits(_ model: ModelFolder) -> Bool {
        guard model.pipeline.isStableDiffusion else { return false }
        return ["text_encoder", "text_encoder_2"].contains { name in
            guard model.source.has(name),
                let encoder = try? model.source.component(name).config,
                let width = try? encoder["hidden_size"].int()
            else { return false }
            return widths.contains(width)
        }
    }
}
