import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors
import PinxitTokenizers

/// Training of DALL·E's transformer: it foretells the tokens of captions and of their pictures.
final class DALLETask: TrainingTask {
    struct Settings {
        /// Pictures whose tokens are kept.
        var pictures: Int
        /// How often a caption is replaced by the empty one, for guidance.
        var captionDropout: Float
        /// Share of the loss that is the captions'; the rest is the pictures'.
        var textWeight: Float
        /// See ``LayoutLoss``; of the caption's states half-way up the layers.
        var layoutWeight: Float
        var pairRepetitions: Int
        /// Of sample sheets, and what is usual for the finished model.
        var guidanceScale: Float
        var topP: Double

        init(_ s: SettingsReader) throws {
            pictures = try s.pictures(or: 100_000, kept: "tokens")
            captionDropout = try s.captionDropout(or: 0.1)
            textWeight = try s.float(
                "text_weight", or: 1.0 / 8, in: .share,
                "Share of the loss that is the captions'; the rest is the pictures'.")
            pairRepetitions = try s.pairRepetitions()
            layoutWeight = try s.layoutWeight("the lower half of the layers")
            guidanceScale = try s.guidanceScale(or: 1.7)
            topP = try s.double(
                "top_p", or: 0.95, in: NumberRange(0.001...1),
                "Sample sheets and, usually, the finished model draw from the fewest tokens that "
                    + "together have this probability.")
            try s.finish()
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let parts: DALLEParts
    private let store: ParameterStore
    private let transformer: TokenTransformer
    /// Training pictures.
    private let count: Int
    private let captions: any CaptionedPictures
    /// The tokens of the different training pictures, one after the other, and which of them each
    /// training picture has.
    private let tokens: [Int32], rows: [Int]
    private let heldOut: (tokens: Tensor, captions: [String])
    private let layout: LayoutLoss?
    /// The pictures of an epoch, some more than once.
    private let pictures: [Int]
    private var order: EpochOrder

    var parameters: [ParameterStore.Parameter] {
        store.parameters + (layout?.store.parameters ?? [])
    }
    var components: [String: [ParameterStore.Parameter]] { ["transformer": store.parameters] }

    static func check(_ s: SettingsReader) throws {
        _ = try DALLEParts.read(
            s.group("model"),
            given: TokenTransformerConfiguration(
                textVocabulary: 512, textLength: 8, pictureVocabulary: 8, side: 2))
        _ = try Settings(s.group("task"))
        _ = try s.prompts()
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        let model = try context.settings.group("model")
        parts = try DALLEParts(
            model, prompts: context.prompts(), folder: context.model)
        settings = try Settings(context.settings.group("task"))
        let sizes = parts.configuration
        let held = (sizes.textLength + sizes.pictureLength) * sizes.width * sizes.layers
        try model.checkMemory(
            of: "a transformer", samples: (optimisation.rowCount, held), among: optimisation.ranks
        ) { _ = TokenTransformer($0, sizes) }
        captions = try context.captionedPictures(optimisation.seed)
        // What is refused is so before everything is encoded.
        let composer = try context.composer(
            of: captions,
            uses: [
                ("layout_weight", settings.layoutWeight > 0, "0"),
                ("pair_repetitions", settings.pairRepetitions > 1, "1"),
            ])
        count = context.distinct(settings.pictures, of: captions)
        let (autoencoder, side) = (parts.autoencoder, parts.autoencoder.configuration.sampleSize)
        let encoded = try context.cache(
            "tokens", of: count, captions,
            madeWith: "\(parts.autoencoderIdentity) \(side)"
        ).encoded(size: side) {
            autoencoder.tokens(Tensor(pictures: $0).cast(to: .compute))
        }
        (tokens, rows) = (encoded.tensor.integers, encoded.rows)
        heldOut = try parts.tokens(of: context.heldOutPictures(), count: 256)
        store = ParameterStore(seed: optimisation.seed)
        transformer = TokenTransformer(store.root, parts.configuration)
        layout = LayoutLoss(
            weight: settings.layoutWeight, width: sizes.width, heads: sizes.heads, composer,
            optimisation)
        pictures = repeatingPairs(settings.pairRepetitions, count, composer)
        order = EpochOrder(count: pictures.count, seed: optimisation.seed)
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let each = DrawnRows(of: optimisation)
        let indices = order.batch(step: step, size: optimisation.batch)[optimisation.rows].map {
            pictures[$0]
        }
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let isDropped = each.drawn { random.uniform() < settings.captionDropout }
        let texts = zip(indices, isDropped).map { $1 ? nil : captions.caption(at: $0) }
        let (text, picture, states) = losses(
            transformer, texts, tokens(indices), optimisation.ranks)
        let loss = text * settings.textWeight + picture * (1 - settings.textWeight)
        let scalars = ["loss/text": text.item, "loss/picture": picture.item]
        guard let layout else { return (loss, scalars) }
        let both = layout.added(to: loss, "loss/tokens", states: states, indices, isDropped)
        return (both.loss, scalars.merging(both.scalars) { $1 })
    }

    private func tokens(_ indices: [Int]) -> Tensor {
        let length = parts.configuration.pictureLength
        return Tensor(
            indices.flatMap { tokens[rows[$0] * length..<(rows[$0] + 1) * length] },
            shape: [indices.count, length])
    }

    /// The mean cross entropy of a token of the captions, padding left out, and of one of the
    /// pictures, in nats; and the captions' states half-way.
    ///
    /// - Parameters:
    ///   - texts: nil for a caption left out, whose tokens then do not count.
    ///   - ranks: Who have the batch's other samples.
    private func losses(
        _ transformer: TokenTransformer, _ texts: [String?], _ tokens: Tensor,
        _ ranks: Ranks = .alone
    ) -> (text: Tensor, picture: Tensor, states: Tensor) {
        let ids = texts.map { $0.map(parts.tokenizer.encode) ?? parts.empty }
        let length = parts.configuration.textLength
        let caption = Tensor(ids.flatMap { $0 }, shape: [ids.count, length])
        let logits = transformer(caption: caption, tokens: tokens, type: optimisation.precision)
        let weights = zip(texts, ids).flatMap { text, ids -> [Float] in
            let end = ids.firstIndex(of: parts.tokenizer.eosID) ?? length - 1
            return (1..<length).map { text != nil && $0 <= end ? 1 : 0 }
        }
        let foretold = crossEntropy(
            logits.text, Tensor(ids.flatMap { $0.dropFirst() }, shape: [ids.count, length - 1]))
        let share = ranks.share(ofCount: weights.reduce(0, +))
        return (
            (foretold * Tensor(weights, shape: foretold.shape)).sum() * share,
            crossEntropy(logits.picture, tokens).mean(), logits.states
        )
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = TokenTransformer(
            ParameterStore(checkpoint: store.own(among: weights)).root, parts.configuration)
        let (text, picture, _) = losses(averaged, heldOut.captions, heldOut.tokens)
        let seen = Array(0..<heldOut.captions.count).filter { $0 < count }
        let known = losses(averaged, seen.map { captions.caption(at: $0) }, tokens(seen))
        try log.scalars(
            [
                "heldout/text": text.item, "heldout/picture": picture.item,
                "trained/text": known.text.item, "trained/picture": known.picture.item,
            ], step: step, table: "heldout")
        let sampler = TokenSampler(topP: Float(settings.topP))
        let painted = parts.paint(
            averaged,
            TokenDrawing(
                sampler: sampler, guidanceScale: settings.guidanceScale,
                type: optimisation.precision))
        if !painted.isEmpty { try log.grid("samples", painted, columns: 8, step: step) }
        try exportWhole(weights: weights)
        log.message(
            "step \(step): nats a token, held out: text \(Progress.rounded(text.item)), picture "
                + "\(Progress.rounded(picture.item)); trained on: text "
                + "\(Progress.rounded(known.text.item)), picture "
                + "\(Progress.rounded(known.picture.item))")
    }

    func export(weights: [String: Tensor]) throws {
        try parts.write(
            store.own(among: weights), guidanceScale: settings.guidanceScale, topP: settings.topP)
    }
}
