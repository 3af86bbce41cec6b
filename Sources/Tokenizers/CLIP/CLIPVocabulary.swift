import PinxitFiles

/// A byte-pair vocabulary: symbols in the order of their ids, and merges in the order in which
/// they were learned.
public struct CLIPVocabulary: Sendable {
    /// In the order of their ids, as `vocab.json` spells them: bytes as printable characters,
    /// `</w>` at the end of a word.
    public let symbols: [String]
    /// Left and right symbol of each, the first learned, and so the first applied, first.
    public let merges: [(String, String)]

    /// Writes `vocab.json`, `merges.txt`, `tokenizer_config.json` and `special_tokens_map.json`
    /// into an existing folder, as transformers' `CLIPTokenizer` and ours read them.
    ///
    /// - Parameters:
    ///   - modelMaxLength: the text encoder's number of positions.
    ///   - padToken: what fills texts up.
    /// - Throws: `FileError` when a file cannot be written.
    public func write(
        to folder: String, modelMaxLength: Int, padToken: String = TokenizerSettings.endToken
    ) throws {
        let path = folder.hasSuffix("/") ? folder : folder + "/"
        let vocabulary = symbols.enumerated().map { JSONMember($1, .integer($0)) }
        try JSONFile.write(.object(vocabulary), to: path + "vocab.json")
        var text = "#version: 0.2\n"
        for merge in merges { text += "\(merge.0) \(merge.1)\n" }
        try AtomicFile.write(text, to: path + "merges.txt")

        let end = TokenizerSettings.endToken
        let named = [
            JSONMember("bos_token", .string(TokenizerSettings.startToken)),
            JSONMember("eos_token", .string(end)), JSONMember("pad_token", .string(padToken)),
            JSONMember("unk_token", .string(end)),
        ]
        let config = [
            JSONMember("model_max_length", .integer(modelMaxLength)),
            JSONMember("tokenizer_class", "CLIPTokenizer"),
        ]
        try JSONFile.write(.object(named + config), to: path + "tokenizer_config.json")
        try JSONFile.write(.object(named), to: path + "special_tokens_map.json")
    }

    /// A tokenizer with this vocabulary.
    public func tokenizer(modelMaxLength: Int) throws -> CLIPTokenizer {
        try CLIPTokenizer(
            vocabulary: symbols, merges: merges, modelMaxLength: modelMaxLength)
    }
}
