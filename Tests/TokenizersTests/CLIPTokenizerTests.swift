import PinxitFiles
import Testing

@testable import PinxitTokenizers

@Suite struct CLIPTokenizerTests {
    @Test(arguments: [
        "trained", "sd1", "sd2", "sdxl2", "inversion", "saved/sd1", "saved/sd2", "saved/sdxl2",
        "saved/inversion",
    ])
    func idsAreThoseOfTransformers(kind: String) throws {
        let tokenizer = try CLIPTokenizer(folder: Fixtures.folder + kind)
        let expected = try JSONFile.read(
            Fixtures.folder + kind.split(separator: "/").last! + ".json")
        #expect(try tokenizer.modelMaxLength == expected["length"].int())
        #expect(try Int(tokenizer.bosID) == expected["bos"].int())
        #expect(try Int(tokenizer.eosID) == expected["eos"].int())
        #expect(try Int(tokenizer.padID) == expected["pad"].int())
        #expect(try tokenizer.vocabularySize == expected["size"].int())
        for row in try expected["cases"].array() {
            let text = try row["text"].string()
            let tokens = try row["tokens"].ints().map(Int32.init)
            let comment = Comment(rawValue: text.debugDescription)
            #expect(tokenizer.tokens(text) == tokens, comment)
            #expect(try tokenizer.encode(text).map(Int.init) == row["padded"].ints(), comment)
            let decoded = tokenizer.decode(tokens, skippingSpecialTokens: false)
            #expect(try Array(decoded.utf8) == Array(row["decoded"].string().utf8), comment)
            let plain = tokenizer.decode(tokens)
            #expect(try Array(plain.utf8) == Array(row["plain"].string().utf8), comment)
        }
    }

    @Test("Another vocabulary's symbols are this one's, or the pieces they fall into")
    func piecesOfSymbols() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixtures.folder + "trained")
        for id in 0..<Int32(tokenizer.idLimit) {
            #expect(tokenizer.pieces(of: try #require(tokenizer.symbol(id))) == [id])
        }
        let ending = tokenizer.pieces(of: "zyxwvut</w>")
        #expect(ending.count > 1 && ending == tokenizer.tokens("zyxwvut"))
        let inner = tokenizer.pieces(of: "zyxwvut")
        #expect(inner != ending && tokenizer.decode(inner + ending) == "zyxwvutzyxwvut")
        #expect(tokenizer.pieces(of: "").isEmpty)
    }

    @Test func everyKindOfScalarIsCutAsTransformersDoes() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixtures.folder + "trained")
        let file = try JSONFile.read(Fixtures.folder + "scalars.json")
        let rows = zip(try file["codes"].ints(), try file["ids"].array())
        for (code, ids) in rows {
            let text = "a\(Unicode.Scalar(UInt32(code))!)b"
            #expect(try tokenizer.tokens(text).map(Int.init) == ids.ints(), "U+\(code)")
        }
    }

    @Test func whatDoesNotFitIsCounted() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixtures.folder + "trained")
        let long = String(repeating: "1 ", count: 40)
        let (ids, truncated) = tokenizer.encodeCounting(long)
        #expect(ids.count == 32 && ids.last == tokenizer.eosID && truncated == 10)
        #expect(tokenizer.encodeCounting(String(repeating: "1 ", count: 30)).truncated == 0)
    }

    @Test func aLongWordTakesNoQuadraticTime() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixtures.folder + "trained")
        let tokens = tokenizer.tokens(String(repeating: "cat", count: 100_000))
        #expect(tokenizer.decode(tokens) == String(repeating: "cat", count: 100_000))
    }

    @Test func normalFormCIsIdempotentAndMatchesEquality() {
        for text in [
            "e\u{301}\u{323}", "\u{1E69}", "\u{1100}\u{1161}\u{11A8}", "\u{0F73}",
            "a\u{315}\u{300}",
        ] {
            let composed = NormalForm.composed(text.unicodeScalars)
            var again = String.UnicodeScalarView()
            again.append(contentsOf: composed)
            #expect(String(again) == text)  // canonical equivalence
            #expect(NormalForm.composed(composed) == composed)
        }
    }
}

@Suite struct TokenizerJSONTests {
    private static let valid = """
        {"model": {"type": "BPE", "end_of_word_suffix": "</w>", "unk_token": "<|endoftext|>",
        "vocab": {"a": 0, "b</w>": 1, "ab</w>": 2}, "merges": ["a b</w>"]},
        "added_tokens": [{"id": 3, "content": "<|startoftext|>"}, {"id": 4, "content": "<|endoftext|>"}],
        "normalizer": {"type": "Sequence", "normalizers":
        [{"type": "NFC"}, {"type": "Replace"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers":
        [{"type": "Split"}, {"type": "ByteLevel"}]},
        "post_processor": {"sep": ["<|endoftext|>", 4], "cls": ["<|startoftext|>", 3]},
        "truncation": {"max_length": 6}, "padding": {"pad_token": "<|startoftext|>"}}
        """

    private func tokenizer(_ text: String) throws -> CLIPTokenizer {
        let folder = try Fixtures.temporaryFolder()
        try AtomicFile.write(text, to: folder + "tokenizer.json")
        return try CLIPTokenizer(folder: folder)
    }

    @Test func nothingElseIsNeeded() throws {
        let tokenizer = try tokenizer(Self.valid)
        #expect(tokenizer.encode("ab AB") == [3, 2, 2, 4, 3, 3])
    }

    @Test(arguments: [
        (#""BPE""#, #""Unigram""#, "\"Unigram\" is not supported"),
        (#""</w>""#, "null", "end_of_word_suffix"), (#"{"type": "NFC"}, "#, "", "Lowercase"),
        (#""b</w>": 1"#, #""b</w>": 0"#, "repeats the id"),
        (#""a b</w>""#, #""a c""#, "model.merges[0]"), (#""a b</w>""#, #"["a"]"#, "two symbols"),
        (#""id": 3"#, #""id": 2"#, "repeats the id"), (#""id": 3"#, #""id": -3"#, "id"),
        (#""id": 3"#, #""id": 2147483647"#, "0 to 999999"),
        (#""max_length": 6"#, #""max_length": 1"#, "max_length"),
    ])
    func otherKindsAreRefused(_ old: String, _ new: String, _ hint: String) throws {
        #expect(Self.valid.contains(old))
        let text = Self.valid.replacing(old, with: new, maxReplacements: 1)
        let error = try #require(throws: FileError.self) { try tokenizer(text) }
        #expect(error.description.contains(hint), "\(error)")
    }

    @Test func aFolderWithoutATokenizerIsCalledThat() throws {
        let folder = try Fixtures.temporaryFolder()
        let error = try #require(throws: FileError.self) { try CLIPTokenizer(folder: folder) }
        #expect(error.description.contains("tokenizer.json"))
    }
}

@Suite struct TokenizerFileErrorTests {
    /// A folder with a tiny valid vocabulary, some files replaced.
    private func folder(_ files: [String: String]) throws -> String {
        let folder = try Fixtures.temporaryFolder()
        let valid = [
            "vocab.json":
                #"{"a": 0, "b</w>": 1, "ab</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}"#,
            "merges.txt": "#version: 0.2\na b</w>\n",
        ]
        for (name, text) in valid.merging(files, uniquingKeysWith: { $1 }) {
            try AtomicFile.write(text, to: folder + name)
        }
        return folder
    }

    @Test func aTinyVocabularyLoads() throws {
        let tokenizer = try CLIPTokenizer(folder: try folder([:]))
        #expect(tokenizer.tokens("AB ac") == [2, 0, 4])  // what is unknown becomes the end token
        #expect(tokenizer.modelMaxLength == 77)
    }

    @Test(arguments: [
        (["vocab.json": "[]"], "expected an object"),
        (["vocab.json": #"{"a": -1}"#], "a: expected an id"),
        (["vocab.json": #"{"a": 1000000}"#], "a: expected an id from 0 to 999999"),
        (["vocab.json": #"{"a": 0, "b": 0}"#], "b: repeats the id 0"),
        (["vocab.json": #"{"a": 0, "a": 1}"#], "repeated name"),
        (["vocab.json": #"{"a": 0}"#, "merges.txt": ""], "bos_token"),
        (["merges.txt": "a b</w> c"], "line 1: expected two symbols"),
        (["merges.txt": "#version: 0.2\nb</w> a"], "line 2"),
        (["tokenizer_config.json": #"{"model_max_length": 1}"#], "model_max_length: expected"),
        (["tokenizer_config.json": #"{"pad_token": "?"}"#], "pad_token"),
        (["tokenizer_config.json": #"{"pad_token": {"content": 5}}"#], "pad_token.content"),
    ])
    func errorsNameFileAndField(files: [String: String], message: String) throws {
        let folder = try folder(files)
        let error = try #require(throws: FileError.self) { try CLIPTokenizer(folder: folder) }
        #expect(error.description.contains(message), "\(error)")
    }
}

@Suite struct OpenAIVocabularyTests {
    /// Ids of transformers 5.24 with the files that published models have.
    @Test(arguments: [
        ("a red apple", [320, 736, 3055]), ("wow!!!", [2781, 995]), ("一", [19759, 478]),
    ])
    func theProgramsOwnIsThePublishedOne(_ text: String, _ ids: [Int32]) {
        #expect(CLIPTokenizer.openAI.tokens(text) == ids)
        #expect(CLIPTokenizer.openAI.vocabularySize == 49_408)
    }

    /// The texts and digests of `make_published.py`.
    @Test(
        "Ids of 10,000 texts of many scripts are transformers'",
        arguments: ["first", "second"])
    func manyScripts(_ name: String) throws {
        let tokenizer: CLIPTokenizer = name == "first" ? .openAI : .openAIPaddedWithZero
        let file = try JSONFile.read(Fixtures.folder + "published.json")
        let pieces = try file["pieces"].array().map { try $0.string() }
        let digests = try file[name].array().map { try $0.string() }
        let (most, block) = (try file["most"].int(), try file["block"].int())
        #expect(try file["count"].int() == digests.count * block)
        var state: UInt64 = 1
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for (index, digest) in digests.enumerated() {
            var (ids, texts) = ("", [String]())
            for _ in 0..<block {
                var text = ""
                for _ in 0...next(most) {
                    text += pieces[next(pieces.count)]
                    if next(2) == 1 { text += " " }
                }
                ids += tokenizer.tokens(text).map(String.init).joined(separator: " ") + "\n"
                texts.append(text)
            }
            #expect(SHA256.hex(ids.utf8).hasPrefix(digest), "one of block \(index): \(texts)")
        }
    }

    @Test func exclamationMarksArePaddingWhereThatIsZero() {
        #expect(CLIPTokenizer.openAIPaddedWithZero.tokens("wow!!!") == [2781, 0, 0, 0])
        #expect(CLIPTokenizer.openAIPaddedWithZero.tokens("wow!? yes") == [2781, 0, 286, 1958])
        #expect(CLIPTokenizer.openAIPaddedWithZero.padID == 0)
        #expect(CLIPTokenizer.openAI.padID == 49_407)
    }
}
