import PinxitDatasets
import PinxitFiles
import PinxitTensors
import PinxitTokenizers

/// Training of the tokenizer: byte pairs that the captions of the data set repeat.
struct TokenizerStage {
    private let vocabularySize: Int
    private let maxLength: Int
    private let captions: Int

    private init(_ s: SettingsReader) throws {
        vocabularySize = try s.int(
            "vocabulary_size", in: 514...65536, "Symbols at most: bytes, pairs, start and end.")
        maxLength = try s.int(
            "max_length", or: 32, in: 8...1024, "Tokens of a text, start and end among them.")
        captions = try s.int(
            "captions", or: 50_000, in: 1...10_000_000, "Captions of the data set that are read.")
    }

    static func check(_ s: SettingsReader) throws { _ = try TokenizerStage(s) }

    /// Trains on captions of the training split and writes `tokenizer/`.
    static func run(_ context: TrainingContext) throws {
        let stage = try TokenizerStage(context.settings)
        context.log.message(
            try stage.train(
                context.captionedPictures(), output: "\(context.model)/tokenizer"))
    }

    /// - Returns: What there is to tell about the tokenizer.
    private func train(_ pictures: any CaptionedPictures, output: String) throws -> String {
        var trainer = CLIPTokenizerTrainer(vocabularySize: vocabularySize)
        // By their hashes: there may be ten million.
        var different = Set<Int>()
        var looked: [String] = []
        for index in 0..<captions {
            try Engine.checkCancellation()
            let caption = pictures.caption(at: index)
            trainer.add(caption)
            let isNew = different.insert(caption.hashValue).inserted
            if isNew, looked.count < 2000 { looked.append(caption) }
        }
        let vocabulary = trainer.train()
        try makeFolder(output)
        // Pairs of one vocabulary and numbers of another would make no tokenizer.
        try Unfinished.whole { try vocabulary.write(to: output, modelMaxLength: maxLength) }
        let tokenizer = try vocabulary.tokenizer(modelMaxLength: maxLength)
        let cut = looked.count { tokenizer.encodeCounting($0).truncated > 0 }
        return "\(vocabulary.symbols.count) symbols from \(different.count) different captions; of "
            + "\(looked.count) of them \(cut) do not fit \(maxLength) tokens"
    }
}
