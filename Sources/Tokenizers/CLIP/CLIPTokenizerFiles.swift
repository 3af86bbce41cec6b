import PinxitFiles

extension CLIPTokenizer {
    /// Loads the `tokenizer/` folder of a diffusers model: `vocab.json` and `merges.txt`, or the
    /// `tokenizer.json` that newer libraries write, and where present `tokenizer_config.json`,
    /// `special_tokens_map.json`, `added_tokens.json`.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String) throws {
        let path = folder.hasSuffix("/") ? folder : folder + "/"
        var settings = try TokenizerSettings(folder: path)
        var (symbols, merges) = try Self.tables(path, &settings)
        func id(_ name: String) throws(FileError) -> Int32 {
            let content = settings.name(of: name)
            guard let id = symbols[content] else {
                throw FileError(
                    path: path + "tokenizer_config.json", field: name,
                    problem: "\"\(content)\" is not a token of the vocabulary")
            }
            return id
        }
        _ = Self.addTokens(settings.listed, to: &symbols)
        let special = (bos: try id("bos_token"), eos: try id("eos_token"), pad: try id("pad_token"))
        self.init(
            symbols: symbols,
            encoding: BytePairEncoding(
                symbols: symbols, merges: merges, unknown: try id("unk_token")),
            addedTokens: AddedTokens(Self.addTokens(settings.addedTokens, to: &symbols)),
            special: special, modelMaxLength: settings.modelMaxLength)
    }

    /// Whether a folder holds the files of a tokenizer.
    public static func isPresent(in folder: String) -> Bool {
        ["vocab.json", "tokenizer.json"].contains { fileExists(folder.path($0)) }
    }

    private static func tables(
        _ path: String, _ settings: inout TokenizerSettings
    ) throws(FileError) -> (SymbolTable, [UInt64: BytePairEncoding.Merge]) {
        if fileExists(path + "vocab.json") {
            let symbols = try symbols(try JSONFile.read(path + "vocab.json"))
            return (symbols, try merges(path: path + "merges.txt", symbols: symbols))
        }
        guard fileExists(path + "tokenizer.json") else {
            throw FileError(
                path: path,
                problem: "holds no tokenizer: vocab.json with merges.txt, or tokenizer.json, "
                    + "is accepted")
        }
        let file = TokenizerFile(try JSONFile.read(path + "tokenizer.json"))
        try file.checkKind()
        try settings.complete(from: file)
        var symbols = try symbols(file.vocabulary)
        for token in try file.addedTokens where symbols[token.token.content] == nil {
            guard symbols.insert(token.token.content, id: token.id) else {
                throw FileError(
                    path: path + "tokenizer.json", field: "added_tokens",
                    problem: "repeats the id \(token.id)")
            }
        }
        var table: [UInt64: BytePairEncoding.Merge] = [:]
        for (rank, merge) in try file.merges.enumerated() {
            try insert(
                merge, rank: rank, symbols, into: &table, path: path + "tokenizer.json",
                place: "model.merges[\(rank)]")
        }
        return (symbols, table)
    }

    /// A tokenizer from tables in memory, with CLIP's own special tokens.
    ///
    /// - Parameters:
    ///   - vocabulary: symbols in the order of their ids, special tokens included.
    ///   - merges: pairs of symbols, the one learned first in front.
    ///   - padToken: what `encode` fills up with; the end token by default.
    /// - Throws: `FileError`, naming the table, for a repeated symbol or a merge that leads out of
    ///   the vocabulary.
    public init(
        vocabulary: [String], merges: [(String, String)], modelMaxLength: Int = 77,
        padToken: String = TokenizerSettings.endToken
    ) throws {
        precondition(modelMaxLength >= 2, "no room for the start and end tokens")
        var symbols = SymbolTable(minimumCapacity: vocabulary.count)
        for (id, symbol) in vocabulary.enumerated() where !symbols.insert(symbol, id: Int32(id)) {
            throw FileError(path: "vocabulary", problem: "repeated symbol \"\(symbol)\"")
        }
        var table: [UInt64: BytePairEncoding.Merge] = [:]
        for (rank, merge) in merges.enumerated() {
            try Self.insert(
                merge, rank: rank, symbols, into: &table, path: "merges", place: "line \(rank + 1)")
        }
        let tokens = [TokenizerSettings.startToken, TokenizerSettings.endToken, padToken]
        var added: [AddedTokens.Token] = []
        for content in tokens {
            guard let id = symbols[content] else {
                throw FileError(path: "vocabulary", problem: "lacks the token \"\(content)\"")
            }
            added.append(.init(content: content, id: id, normalized: false, special: true))
        }
        self.init(
            symbols: symbols,
            encoding: BytePairEncoding(symbols: symbols, merges: table, unknown: added[1].id),
            addedTokens: AddedTokens(added), special: (added[0].id, added[1].id, added[2].id),
            modelMaxLength: modelMaxLength)
    }

    private static func symbols(_ file: JSONField) throws(FileError) -> SymbolTable {
        let members = try file.members()
        var symbols = SymbolTable(minimumCapacity: members.count)
        for (name, field) in members {
            let id = try field.int()
            guard SymbolTable.ids.contains(id) else {
                throw field.error("an id from 0 to \(SymbolTable.ids.upperBound)")
            }
            guard symbols.insert(name, id: Int32(id)) else {
                throw FileError(path: file.file, field: name, problem: "repeats the id \(id)")
            }
        }
        return symbols
    }

    private static func merges(
        path: String, symbols: SymbolTable
    ) throws(FileError) -> [UInt64: BytePairEncoding.Merge] {
        guard let text = String(validating: try readFile(path), as: UTF8.self) else {
            throw FileError(path: path, problem: "is not UTF-8")
        }
        var merges: [UInt64: BytePairEncoding.Merge] = [:]
        merges.reserveCapacity(symbols.count)
        var rank = 0
        for (line, content) in text.utf8.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).enumerated() {
            let content = content.last == UInt8(ascii: "\r") ? content.dropLast() : content
            if content.isEmpty || content.starts(with: "#version".utf8) { continue }
            let parts = content.split(separator: UInt8(ascii: " "))
            guard parts.count == 2 else {
                throw FileError(
                    path: path, field: "line \(line + 1)",
                    problem: "expected two symbols separated by a space")
            }
            let pair = (String(Substring(parts[0])), String(Substring(parts[1])))
            try insert(
                pair, rank: rank, symbols, into: &merges, path: path, place: "line \(line + 1)")
            rank += 1
        }
        return merges
    }

    private static func insert(
        _ merge: (String, String), rank: Int, _ symbols: SymbolTable,
        into merges: inout [UInt64: BytePairEncoding.Merge], path: String, place: String
    ) throws(FileError) {
        guard let left = symbols[merge.0], let right = symbols[merge.1],
            let result = symbols[merge.0 + merge.1]
        else {
            throw FileError(
                path: path, field: place,
                problem: "\"\(merge.0) \(merge.1)\": both symbols and what they merge to must be "
                    + "in the vocabulary")
        }
        merges[BytePairEncoding.pair(left, right)] = .init(rank: Int32(rank), result: result)
    }

    /// Gives tokens that the vocabulary lacks the next free ids, as transformers does.
    private static func addTokens(
        _ tokens: [TokenizerSettings.Token], to symbols: inout SymbolTable
    ) -> [AddedTokens.Token] {
        tokens.map { token in
            var id = symbols[token.content] ?? Int32(symbols.count)
            while symbols[token.content] == nil, !symbols.insert(token.content, id: id) { id += 1 }
            return AddedTokens.Token(
                content: token.content, id: id, normalized: token.normalized,
                special: token.special)
        }
    }
}
