import PinxitFiles
import PinxitTensors

/// Textual inversions in the file of a LoRA they were trained with, as AUTOMATIC1111 reads them:
/// `bundle_emb.WORD.` before what each would be called in a file of its own.
enum BundledWords {
    static let prefix = "bundle_emb."

    static func isPart(_ key: String) -> Bool { key.hasPrefix(prefix) }

    /// - Throws: `FileError` for a word whose tensors are of none of the forms.
    static func words(
        in tensors: [String: Tensor], file: String
    ) throws(FileError) -> [WordEmbedding] {
        var files: [String: [String: Tensor]] = [:]
        for (key, tensor) in tensors where isPart(key) {
            let parts = key.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
            guard parts.count == 2 else {
                throw FileError(path: file, field: key, problem: "is not \(prefix)WORD.NAME")
            }
            files[String(parts[0]), default: [:]][String(parts[1])] = tensor
        }
        var words: [WordEmbedding] = []
        for (word, tensors) in files.sorted(by: { $0.key < $1.key }) {
            words.append(try WordEmbedding(origin: file, tensors, word: word))
        }
        return words
    }
}
