import PinxitFiles

/// A `tokenizer.json` of Hugging Face's tokenizers library, as transformers 5 writes it for CLIP.
struct TokenizerFile {
    private let json: JSONField

    init(_ json: JSONField) { self.json = json }

    /// Refuses tokenizers of other kinds than CLIP's: byte pairs of lower-case words that end in
    /// `</w>`.
    func checkKind() throws(FileError) {
        let model = json["model"]
        try model["type"].require("BPE")
        let suffix = model["end_of_word_suffix"]
        guard try suffix.string(or: "") == "</w>" else {
            throw suffix.unsupported("\"\(try suffix.string(or: ""))\"", ["\"</w>\", as CLIP's"])
        }
        try model["continuing_subword_prefix"].require("")
        try model["byte_fallback"].require(false)
        try model["dropout"].requireNull()
        try checkSteps(json["normalizer"], "normalizers", ["NFC", "Replace", "Lowercase"])
        try checkSteps(json["pre_tokenizer"], "pretokenizers", ["Split", "ByteLevel"])
    }

    private func checkSteps(
        _ field: JSONField, _ list: String, _ accepted: [String]
    ) throws(FileError) {
        guard field.exists else {
            throw field.error("a sequence of \(accepted.joined(separator: ", "))")
        }
        try field["type"].require("Sequence")
        var found: [String] = []
        for step in try field[list].array() { found.append(try step["type"].string()) }
        guard found == accepted else {
            throw field[list].unsupported(
                found.joined(separator: ", "), [accepted.joined(separator: ", ")])
        }
    }

    /// Symbols with their ids.
    var vocabulary: JSONField { json["model"]["vocab"] }

    /// Pairs of symbols, the one learned first in front: lists of two, or in older files strings
    /// with a space between.
    var merges: [(String, String)] {
        get throws(FileError) {
            var merges: [(String, String)] = []
            for field in try json["model"]["merges"].array() {
                var parts: [String]
                if case .string(let text) = field.value {
                    parts = text.split(separator: " ", omittingEmptySubsequences: false)
                        .map(String.init)
                } else {
                    parts = try field.strings()
                }
                guard parts.count == 2 else {
                    throw FileError(
                        path: field.file, field: field.path, problem: "expected two symbols")
                }
                merges.append((parts[0], parts[1]))
            }
            return merges
        }
    }

    /// Tokens that are found whole, by their ids.
    var addedTokens: [(id: Int32, token: TokenizerSettings.Token)] {
        get throws(FileError) {
            guard json["added_tokens"].exists else { return [] }
            var tokens: [(id: Int32, token: TokenizerSettings.Token)] = []
            for field in try json["added_tokens"].array() {
                let id = try field["id"].size(or: -1, in: SymbolTable.ids)
                tokens.append((Int32(id), try TokenizerSettings.token(field)))
            }
            return tokens.sorted { $0.id < $1.id }
        }
    }

    /// What `tokenizer_config.json` calls `name`, as far as this file tells: the ends of a text
    /// from its template, the padding from its padding.
    func token(_ name: String) throws(FileError) -> String? {
        func first(_ field: JSONField) throws(FileError) -> String? {
            field.exists ? try field.array().first?.string() : nil
        }
        switch name {
        case "bos_token": return try first(json["post_processor"]["cls"])
        case "eos_token": return try first(json["post_processor"]["sep"])
        case "unk_token":
            let token = json["model"]["unk_token"]
            return token.exists ? try token.string() : nil
        case "pad_token":
            let token = json["padding"]["pad_token"]
            return token.exists ? try token.string() : nil
        default: return nil
        }
    }

    /// The length that texts are cut to; nil where it does not say.
    var maxLength: Int? {
        get throws(FileError) {
            let length = json["truncation"]["max_length"]
            return length.exists ? try length.size(or: 77, in: 2...100_000) : nil
        }
    }
}
