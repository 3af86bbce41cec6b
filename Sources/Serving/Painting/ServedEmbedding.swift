import Pinxit
import PinxitFiles

/// A word of textual inversion, which prompts may have: workers load it with each model it is for.
public struct ServedEmbedding: Sendable {
    /// What stands for it in prompts.
    public var word: String { facts.word }
    /// Vectors of the word.
    public var count: Int { facts.count }
    /// Features of each, of the last encoder's.
    public var width: Int { facts.widths.last ?? 0 }
    let path: String
    private let facts: EmbeddingFacts

    /// - Throws: `FileError` for a file that is broken or no textual inversion.
    public init(path: String) throws(FileError) {
        self.path = path
        facts = try EmbeddingFacts(path)
    }

    func fits(_ model: ServedModel) -> Bool { facts.fits(model.folder) }
}
