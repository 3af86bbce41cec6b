import PinxitCLIP
import PinxitCheckpoints
import PinxitTensors
import PinxitTokenizers

/// How a model reads a prompt: its texts step by step, their tokens in chunks, what is left out,
/// and the words it has never been shown. No weights are loaded.
public struct PromptExplanation: Sendable, Equatable {
    /// A word and the pieces the vocabulary breaks it into.
    public struct Word: Sendable, Equatable {
        /// As the tokenizer sees it: in lower case.
        public let text: String
        /// As the vocabulary spells them, such as `apple</w>`.
        public let pieces: [String]
    }

    /// A token of a text.
    public struct Token: Sendable, Equatable {
        /// Its number in the vocabulary.
        public let id: Int32
        /// As the vocabulary spells it.
        public let symbol: String
        /// 1 is as it stands.
        public let weight: Double
    }

    /// What is encoded at once.
    public struct Chunk: Sendable, Equatable {
        /// All that the encoder is given: start, text, end, padding.
        public let ids: [Int32]
        /// The text's.
        public let tokens: [Token]
    }

    /// What one text encoder is given.
    public struct Encoding: Sendable, Equatable {
        /// The tokenizer's name in the model's folder.
        public let tokenizer: String
        /// Tokens of text that a chunk has room for.
        public let room: Int
        /// In their order.
        public let chunks: [Chunk]
        /// What has no room; empty for nothing.
        public let leftOut: String
        /// Of the text without syntax.
        public let words: [Word]
    }

    /// A text that holds for some steps.
    public struct Text: Sendable, Equatable {
        /// With its weights.
        public let text: String
        /// The steps it holds for, from 1.
        public var steps: [Int]
        /// How much of it there is, where `AND` puts several together.
        public let weight: Double
        /// One for each text encoder.
        public let encodings: [Encoding]
    }

    /// As it was given.
    public let prompt: String
    /// The model's name.
    public let model: String
    /// How it is read.
    public let reading: TextReading
    /// Steps of a picture.
    public let steps: Int
    /// In the order in which they hold.
    public let texts: [Text]
    /// Words that the model has never been shown; nil where its folder does not say what it has.
    public let unlearnt: [UnlearntWord]?

    /// - Parameters:
    ///   - request: Its prompt, text options and steps are looked at. `<lora:…>` is taken for
    ///     words.
    ///   - folder: The model's.
    /// - Throws: `FileError` for a tokenizer that is wrong; `PaintError.request` for options that
    ///   the model cannot follow.
    public init(_ request: PaintRequest, _ folder: ModelFolder) throws {
        try self.init(request, folder, learning: [])
    }

    /// The same with words that the model is given beside its own.
    ///
    /// - Throws: `FileError` for a word's file too, also where it is for another family of models.
    public init(
        _ request: PaintRequest, _ folder: ModelFolder, embeddings: [TextualInversion]
    ) async throws {
        // Telling the sizes of a single file's text encoder takes operations.
        self = try await Engine.run {
            try Self(
                request, folder,
                learning: try embeddings.map { try WordEmbedding(file: $0.file, word: $0.word) })
        }
    }

    private init(
        _ request: PaintRequest, _ folder: ModelFolder, learning learnt: [WordEmbedding]
    ) throws {
        try request.check(for: folder.pipeline.family)
        prompt = request.prompt
        model = folder.name
        let reading = try folder.reading(request)
        self.reading = reading
        let steps = request.diffusion.steps ?? folder.settings.steps
        self.steps = folder.pipeline.family == .diffusion ? steps : 1
        let prompt = Prompt(request.prompt, reading.emphasis)
        let tokenizers = try folder.tokenizers(learning: learnt)
        texts = Self.texts(prompt, self.steps).map { text, held, weight in
            Text(
                text: text, steps: held, weight: weight,
                encodings: tokenizers.map { name, tokenizer in
                    Encoding(text, name, tokenizer, reading)
                })
        }
        var words = folder.words
        words?.add(wordsOf: learnt.map(\.word))
        unlearnt = words?.unlearnt(in: prompt.plainTexts(of: self.steps))
    }

    /// Each text of each part once, with all the steps it holds for.
    private static func texts(
        _ prompt: Prompt, _ steps: Int
    ) -> [(text: String, steps: [Int], weight: Double)] {
        prompt.parts.flatMap { part in
            var texts: [(text: String, steps: [Int], weight: Double)] = []
            var first = 1
            for stage in part.text.stages(of: steps) {
                let held = Array(first...stage.lastStep)
                first = stage.lastStep + 1
                if let known = texts.firstIndex(where: { $0.text == stage.text }) {
                    texts[known].steps += held
                } else {
                    texts.append((stage.text, held, part.weight))
                }
            }
            return texts
        }
    }
}

extension PromptExplanation.Encoding {
    fileprivate init(
        _ text: String, _ name: String, _ tokenizer: CLIPTokenizer, _ reading: TextReading
    ) {
        self.tokenizer = name
        room = tokenizer.modelMaxLength - 2
        chunks = tokenizer.chunks(text, reading.emphasis, reading.longPrompts).map { chunk in
            let tokens = zip(chunk.ids, chunk.weights).dropFirst().prefix(chunk.textCount)
            return PromptExplanation.Chunk(
                ids: chunk.ids,
                tokens: tokens.map { id, weight in
                    PromptExplanation.Token(
                        id: id, symbol: tokenizer.readableSymbol(id),
                        // As it was written, not what f32 makes of it.
                        weight: Double("\(weight)") ?? Double(weight))
                })
        }
        leftOut = tokenizer.decode(
            tokenizer.leftOut(text, reading.emphasis, reading.longPrompts))
        words = reading.emphasis.sections(of: text).joined().flatMap { stretch in
            tokenizer.words(stretch.text).map { word in
                PromptExplanation.Word(
                    text: word.text,
                    pieces: word.isWhole ? [word.text] : word.ids.map(tokenizer.readableSymbol))
            }
        }
    }
}

extension CLIPTokenizer {
    /// A token's symbol with the characters that its bytes stand for, where they are whole.
    func readableSymbol(_ id: Int32) -> String {
        let symbol = symbol(id) ?? "\(id)"
        let text = decode([id], skippingSpecialTokens: false)
        guard !text.isEmpty, !text.contains("\u{FFFD}") else { return symbol }
        return symbol.hasSuffix("</w>") ? text + "</w>" : text
    }
}
