import PinxitFiles
import PinxitTensors
import Synchronization

/// Vectors that a word stands for in texts (textual inversion; Gal et al. 2022), for one text
/// encoder or for several.
///
/// The forms of file: diffusers' `learned_embeds` with the word as its only key, AUTOMATIC1111's
/// with `emb_params` or `string_to_param`, and pairs `clip_l` and `clip_g` for SDXL. The word is
/// diffusers' key, else what a file trained here says, else the file's name.
public final class WordEmbedding: Sendable {
    /// Where the vectors come from, for messages.
    public let origin: String
    /// What stands for them in a text.
    public let word: String
    /// `[vectors, features]` or `[features]`, for each encoder that they are for.
    private let vectors: [Tensor]
    private let use = Mutex(false)

    /// - Parameter word: Nil is the file's own.
    /// - Throws: `FileError` for a file that is wrong or of none of the forms.
    public convenience init(file: String, word: String? = nil) throws(FileError) {
        let checkpoint = try CheckpointFile(path: file)
        try self.init(
            origin: file, try checkpoint.tensors(), word: word,
            said: checkpoint.metadata[Self.wordKey])
    }

    /// In a file's metadata the word, which the keys of a pair for SDXL do not say.
    package static let wordKey = "pinxit_word"

    /// The same from tensors that have been read.
    ///
    /// - Parameter said: The word that the file's metadata say.
    public init(
        origin: String, _ tensors: [String: Tensor], word: String? = nil, said: String? = nil
    ) throws(FileError) {
        self.origin = origin
        let (key, found) = try Self.find(tensors, origin) { $0.type.isFloatingPoint }
        self.word = word ?? key ?? said ?? Self.name(origin)
        var vectors: [Tensor] = []
        for (key, tensor) in found {
            guard tensor.type.isFloatingPoint, (1...2).contains(tensor.rank), tensor.count > 0
            else {
                throw FileError(
                    path: origin, field: key,
                    problem: "holds \(tensor.type) of shape \(tensor.shape); vectors [features] or "
                        + "[vectors, features] are accepted")
            }
            try tensor.requireFinite(field: key, file: origin)
            vectors.append(tensor)
        }
        guard Set(vectors.map { $0.count / $0.shape[-1] }).count == 1 else {
            throw FileError(
                path: origin,
                problem: "holds different numbers of vectors for its encoders: "
                    + vectors.map { "\($0.shape)" }.joined(separator: ", "))
        }
        guard !self.word.allSatisfy(\.isWhitespace) else {
            throw FileError(path: origin, problem: "its word is empty; FILE:WORD gives one")
        }
        self.vectors = vectors
    }

    /// What a file's head says, without its vectors being read.
    ///
    /// - Returns: What stands for them, how many they are, and their features, for each encoder.
    /// - Throws: `FileError` for a file that is wrong or of none of the forms.
    package static func outline(
        file: String
    ) throws(FileError) -> (word: String, count: Int, widths: [Int]) {
        let checkpoint = try CheckpointFile(path: file)
        let (key, found) = try find(checkpoint.entries, file) {
            $0.type.hasPrefix("F") || $0.type == "BF16"
        }
        let shapes = found.map(\.1.shape)
        guard shapes.allSatisfy({ (1...2).contains($0.count) }) else {
            throw FileError(path: file, problem: "is no textual inversion: it has no vectors")
        }
        let count = shapes.first.map { $0.count == 2 ? $0[0] : 1 } ?? 0
        return (key ?? checkpoint.metadata[wordKey] ?? name(file), count, shapes.compactMap(\.last))
    }

    /// What a file without a word is called.
    private static func name(_ file: String) -> String {
        let name = file.lastPathPart
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// The word where a key says it, and the tensors of vectors.
    private static func find<Value>(
        _ tensors: [String: Value], _ file: String, isFloat: (Value) -> Bool
    ) throws(FileError) -> (word: String?, [(String, Value)]) {
        // torch's dictionaries by their names with dots; some versions wrap them once more.
        let named = tensors.filter {
            $0.key.hasPrefix("string_to_param.") && isFloat($0.value)
        }
        if let only = named.first, named.count == 1 { return (nil, [(only.key, only.value)]) }
        for names in [["clip_l", "clip_g"], ["emb_params"]] {
            let found = names.compactMap { name in tensors[name].map { (name, $0) } }
            if !found.isEmpty { return (nil, found) }
        }
        guard tensors.count == 1, let only = tensors.first else {
            let keys = tensors.keys.sorted().prefix(4).joined(separator: ", ")
            throw FileError(
                path: file,
                problem: "is no textual inversion: it has \(tensors.count) tensors (\(keys)); one "
                    + "named as its word, emb_params, or clip_l and clip_g are accepted")
        }
        return (only.key == "*" ? nil : only.key, [(only.key, only.value)])
    }

    /// `[vectors, features]` or `[features]`, for each encoder that they are for.
    package var shapes: [Shape] { vectors.map(\.shape) }

    /// The vectors for an encoder of that width, if there are some: `[vectors, features]`. On the
    /// engine's thread.
    package func vectors(width: Int) -> Tensor? {
        match(width: width).map { $0.rank == 2 ? $0 : $0.reshaped([1, width]) }
    }

    /// How many vectors there are for an encoder of that width; nil for none.
    package func count(width: Int) -> Int? { match(width: width).map { $0.count / width } }

    private func match(width: Int) -> Tensor? {
        guard let match = vectors.first(where: { $0.shape[-1] == width }) else { return nil }
        use.withLock { $0 = true }
        return match
    }

    /// Whether a text encoder took the vectors.
    var isUsed: Bool { use.withLock { $0 } }

    /// - Throws: `FileError` where no text encoder of the model took the vectors.
    public func verifyUse() throws(FileError) {
        guard !isUsed else { return }
        let widths = vectors.map { "\($0.shape[-1])" }.joined(separator: " and ")
        throw FileError(
            path: origin,
            problem: "has vectors of \(widths) features, which no text encoder of the model takes")
    }
}
