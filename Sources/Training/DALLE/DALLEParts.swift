import PinxitCLIP
import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// What training of DALL·E's transformer takes from earlier stages, and the folder it completes.
struct DALLEParts {
    let configuration: TokenTransformerConfiguration
    let autoencoder: DiscreteAutoencoder
    /// Tells whether cached tokens belong to this autoencoder.
    let autoencoderIdentity: String
    let tokenizer: CLIPTokenizer
    /// The tokens of the empty caption.
    let empty: [Int32]
    private let prompts: [String]
    /// The folder of a CLIP that is to choose among candidates, if any.
    private let clip: String
    let folder: String

    /// - Parameters:
    ///   - s: The `model` group of the configuration.
    ///   - folder: The model folder, with `tokenizer` and `picture_tokenizer`.
    init(_ s: SettingsReader, prompts: [String], folder: String) throws {
        self.folder = folder
        self.prompts = prompts
        tokenizer = try CLIPTokenizer(folder: "\(folder)/tokenizer")
        autoencoder = try DiscreteAutoencoder.load(folder: "\(folder)/picture_tokenizer")
        autoencoderIdentity = try weightsIdentity("\(folder)/picture_tokenizer")
        empty = tokenizer.encode("")
        let given = TokenTransformerConfiguration(
            textVocabulary: tokenizer.idLimit, textLength: tokenizer.modelMaxLength,
            pictureVocabulary: autoencoder.quantiser.codes,
            side: autoencoder.configuration.tokenSide)
        (configuration, clip) = try Self.read(s, given: given)
        if !clip.isEmpty { _ = try CLIP(folder: clip) }
    }

    /// Reads the `model` group of the configuration.
    ///
    /// - Parameter given: The sizes that earlier stages decide.
    static func read(_ s: SettingsReader, given: TokenTransformerConfiguration) throws -> (
        configuration: TokenTransformerConfiguration, clip: String
    ) {
        let configuration = try TokenTransformerConfiguration(training: s, given: given)
        let clip = try s.string(
            "clip", or: "",
            "A CLIP folder that is copied into the model, to choose among candidates.")
        try s.finish()
        return (configuration, clip)
    }

    /// The first pictures of a stream, as tokens `[count, tokens]`, and their captions.
    func tokens(of stream: any CaptionedPictures, count: Int) throws -> (
        tokens: Tensor, captions: [String]
    ) {
        let samples = try stream.batch(0..<count, size: autoencoder.configuration.sampleSize)
        let pictures = Tensor(pictures: samples.map(\.picture)).cast(to: .compute)
        return (pictures.inParts { autoencoder.tokens($0) }, samples.map(\.caption))
    }

    /// A picture for each of the fixed prompts.
    func paint(_ transformer: TokenTransformer, _ drawing: TokenDrawing) -> [Picture] {
        guard !prompts.isEmpty else { return [] }
        var random = prompts.indices.map { SplitMix64(seed: 11, index: $0) }
        let tokens = transformer.draw(
            captions: prompts.map { tokenizer.encode($0) }, empty: empty, drawing, random: &random
        ) { _, _ in }
        let side = configuration.side
        return Picture.pictures(
            from: autoencoder.pictures(
                tokens.reshaped([prompts.count, side, side]), type: drawing.type))
    }

    /// Writes `transformer/`, `clip/` if there is to be one, and `model_index.json`, so that the
    /// folder is whole.
    ///
    /// - Parameters:
    ///   - guidanceScale: What is usual for it, kept in `pinxit.json`.
    ///   - topP: The same of its draws.
    func write(_ weights: [String: Tensor], guidanceScale: Float, topP: Double) throws {
        try writeComponent("\(folder)/transformer", weights, configuration.json)
        try writeUsualSettings(
            folder, guidanceScale: guidanceScale, [JSONMember("top_p", .number(topP))])
        if !clip.isEmpty, !fileExists("\(folder)/clip") {
            try copyWholeFolder(clip, to: "\(folder)/clip")
        }
        try JSONFile.write(
            [
                "_class_name": "PinxitDALLEPipeline",
                "tokenizer": ["transformers", "CLIPTokenizer"],
                "picture_tokenizer": ["pinxit", "DiscreteAutoencoder"],
                "transformer": ["pinxit", "TokenTransformer"],
            ], to: "\(folder)/model_index.json")
    }
}
