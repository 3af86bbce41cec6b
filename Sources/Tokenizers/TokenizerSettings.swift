import PinxitFiles

/// What the small files beside a vocabulary say: the length, and the tokens that are no words.
public struct TokenizerSettings: Sendable {
    /// What CLIP's vocabularies call the token every text begins with.
    public static let startToken = "<|startoftext|>"
    /// What CLIP's vocabularies call the token every text ends with.
    public static let endToken = "<|endoftext|>"

    struct Token: Sendable {
        let content: String
        var normalized = false
        var special = true
    }

    private(set) var modelMaxLength = 77
    /// Whether a file says the length, and which tokens one names.
    private var hasLength = false
    private var stated: Set<String> = []
    private var named: [String: Token] = [
        "bos_token": Token(content: startToken), "eos_token": Token(content: endToken),
        "unk_token": Token(content: endToken), "pad_token": Token(content: endToken),
    ]
    /// Tokens that may extend the vocabulary.
    private(set) var listed: [Token] = []

    /// - Parameter folder: the path of the folder, with a slash at the end.
    init(folder: String) throws(FileError) {
        var hasList = false
        if let config = try Self.file(folder + "tokenizer_config.json") {
            modelMaxLength = try Self.length(config["model_max_length"])
            hasLength = config["model_max_length"].exists
            try readNamed(config)
            hasList = config["added_tokens_decoder"].exists
            if hasList { try readList(config["added_tokens_decoder"]) }
        }
        // A list in the configuration supersedes the two older files.
        if hasList { return }
        if let map = try Self.file(folder + "special_tokens_map.json") { try readNamed(map) }
        if let added = try Self.file(folder + "added_tokens.json") { try readOldList(added) }
    }

    func name(of key: String) -> String { named[key]?.content ?? Self.endToken }

    /// Every token to be found whole. Where one is named twice the last description counts, in the
    /// order in which transformers registers them.
    var addedTokens: [Token] {
        var tokens = listed
        for key in ["bos_token", "eos_token", "unk_token", "pad_token"] {
            guard let token = named[key] else { continue }
            let index = tokens.firstIndex { $0.content.utf8.elementsEqual(token.content.utf8) }
            guard let index else {
                tokens.append(token)
                continue
            }
            let isListed = index < listed.count
            if !isListed { tokens[index] = token }
        }
        return tokens
    }

    private static func file(_ path: String) throws(FileError) -> JSONField? {
        fileExists(path) ? try JSONFile.read(path) : nil
    }

    /// Files without a limit hold 10³⁰ or leave it out: then CLIP's own length.
    private static func length(_ field: JSONField) throws(FileError) -> Int {
        let length = try field.double(or: 77)
        guard length <= 100_000 else { return 77 }
        guard length >= 2, let length = Int(exactly: length) else {
            throw field.error("a whole number of at least 2")
        }
        return length
    }

    private mutating func readNamed(_ file: JSONField) throws(FileError) {
        for key in ["bos_token", "eos_token", "unk_token", "pad_token"] where file[key].exists {
            named[key] = try Self.token(file[key])
            stated.insert(key)
        }
    }

    /// Takes from a `tokenizer.json` what the files beside it leave open.
    mutating func complete(from file: TokenizerFile) throws(FileError) {
        if !hasLength, let length = try file.maxLength { modelMaxLength = length }
        for key in ["bos_token", "eos_token", "unk_token", "pad_token"] {
            guard !stated.contains(key), let name = try file.token(key) else { continue }
            named[key] = Token(content: name)
        }
        if listed.isEmpty { listed = try file.addedTokens.map(\.token) }
    }

    private mutating func readList(_ list: JSONField) throws(FileError) {
        var tokens: [(id: Int, token: Token)] = []
        for (name, field) in try list.members() {
            guard let id = Int(name) else { throw field.error("the member's name to be an id") }
            tokens.append((id, try Self.token(field)))
        }
        listed = tokens.sorted { $0.id < $1.id }.map(\.token)
    }

    private mutating func readOldList(_ file: JSONField) throws(FileError) {
        var tokens: [(id: Int, token: Token)] = []
        for (name, field) in try file.members() {
            let special = named.values.contains { $0.content.utf8.elementsEqual(name.utf8) }
            let token = Token(content: name, normalized: !special, special: special)
            tokens.append((try field.int(), token))
        }
        listed = tokens.sorted { $0.id < $1.id }.map(\.token)
    }

    /// A token is a string, or an object with `content` and flags.
    static func token(_ field: JSONField) throws(FileError) -> Token {
        if case .string(let content) = field.value { return Token(content: content) }
        for flag in ["lstrip", "rstrip", "single_word"] {
            guard try !field[flag].bool(or: false) else {
                throw field[flag].error("false, the only value supported")
            }
        }
        return Token(
            content: try field["content"].string(),
            normalized: try field["normalized"].bool(or: false),
            special: try field["special"].bool(or: true))
    }
}
