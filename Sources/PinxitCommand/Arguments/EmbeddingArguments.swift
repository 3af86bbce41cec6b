import ArgumentParser
import Pinxit
import PinxitFiles

/// The words that a model gets beside its own.
struct EmbeddingArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Learn the word of this textual inversion; FILE:WORD gives it another name.",
            discussion: """
                May be repeated. A name without a folder is looked for in embeddings too. The word \
                is the one that diffusers' files name, else the file's name.
                """,
            valueName: "file"))
    var embedding: [String] = []

    /// The words to learn.
    func embeddings() throws -> [TextualInversion] {
        try embedding.map { text in
            var (path, word) = (text, String?.none)
            if let colon = text.lastIndex(of: ":"), !fileExists(text) {
                path = String(text[..<colon])
                word = String(text[text.index(after: colon)...])
            }
            guard word != "" else {
                throw UsageError("--embedding \(text): FILE or FILE:WORD is accepted")
            }
            return TextualInversion(
                file: try Self.embeddingFile(path, by: "--embedding \(text)"),
                word: word)
        }
    }

    private static let embeddingPlaces = ["embeddings", "."]

    /// Takes the words a picture was painted with, where none is given.
    ///
    /// - Throws: As for LoRAs.
    mutating func useWhereNone(_ used: [UsedEmbedding], of picture: String) throws {
        guard embedding.isEmpty else { return }
        embedding = try used.map { used in
            let source = "--from \(picture): the embedding \(used.name)"
            let path = try Self.embeddingFile(used.name, by: source)
            guard try TextualInversion(file: path, word: used.word).used() == used else {
                throw UsageError(
                    "\(source) is another file than \(path): SHA-256 \(used.sha256) is accepted; "
                        + "--embedding \(path) takes it all the same")
            }
            return used.word.map { "\(path):\($0)" } ?? path
        }
    }

    /// The file of a learnt word.
    static func embeddingFile(_ name: String, by source: String) throws -> String {
        if name.contains("/") || name.contains("."), fileExists(name) { return name }
        let endings = [".safetensors", ".pt", ".bin", ".ckpt", ""]
        let places = embeddingPlaces
        let files = places.flatMap { place in endings.map { place.path(name + $0) } }
        let found = try files.first(where: fileExists) ?? ModelLibrary().find(name, .embedding)
        guard !name.contains("/"), let found else {
            throw MissingInput(
                "\(source): is not there; a .safetensors file, or the name of one in "
                    + "\(places[0]), is accepted")
        }
        return found
    }
}
