import PinxitCheckpoints
import PinxitFiles

/// A word learnt by textual inversion: a file of vectors that the word stands for, in prompts and
/// negative prompts.
///
///     let painter = try await Painter(
///         folder: "sd15",
///         embeddings: [TextualInversion(file: "embeddings/bad-hands.safetensors")])
public struct TextualInversion: Sendable, Hashable {
    /// A file of diffusers (`learned_embeds`) or AUTOMATIC1111, or a pair `clip_l` and `clip_g`.
    public var file: String
    /// What stands for the vectors; nil is the word diffusers' file names, else the file's name.
    public var word: String?

    /// - Parameter word: Nil is the file's own.
    public init(file: String, word: String? = nil) {
        self.file = file
        self.word = word
    }

    /// The same as pictures name it; the whole file is read for its digest.
    public func used() throws(FileError) -> UsedEmbedding {
        UsedEmbedding(
            name: file.lastPathPart.withoutExtension, word: word,
            sha256: try MappedFile(path: file).withBytes { SHA256.hex($0) })
    }
}

/// A learnt word as a painted picture names it.
public struct UsedEmbedding: Sendable, Hashable, Codable {
    /// The file's name without its extension.
    public let name: String
    /// The word, where it was not the file's own.
    public let word: String?
    /// Of the whole file, in hexadecimal.
    public let sha256: String

    /// Nothing is checked.
    public init(name: String, word: String?, sha256: String) {
        self.name = name
        self.word = word
        self.sha256 = sha256
    }
}

extension PaintRequest {
    /// Whether a word may be in a text that it is painted from.
    func mayHave(_ word: String) -> Bool {
        var texts = [prompt, negativePrompt, diffusion.layout.sentence ?? ""]
        switch source {
        case .interpolation(let others, _): texts += others
        case .inpaint(_, let mask, _):
            if case .words(let words, let caption) = mask.area { texts += [words, caption ?? ""] }
        default: break
        }
        return texts.contains { $0.lowercased().contains(word.lowercased()) }
    }
}
