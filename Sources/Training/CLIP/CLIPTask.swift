import PinxitCLIP
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitPlatform
import PinxitTensors
import PinxitTokenizers

/// Training of CLIP: a text and an image tower that put a picture and its caption in the same
/// place.
final class CLIPTask: TrainingTask {
    struct Settings {
        var loss: Loss
        /// Samples whose activations are held at once, see
        /// ``chunkedGradients(batch:chunk:parameters:ranks:embed:loss:)``; 0 is all.
        var chunk: Int
        /// Whether pictures are also told from captions that are only just wrong for them.
        var hardNegatives: Bool
        var export: Export

        enum Loss: String, CaseIterable { case softmax, sigmoid }

        /// What is written to the model folder.
        enum Export: String, CaseIterable {
            /// The text tower, as a diffusion model's `text_encoder/`. The whole CLIP goes to the
            /// run's folder.
            case textEncoder = "text_encoder"
            /// The whole CLIP: the model folder is one.
            case clip
        }

        init(_ s: SettingsReader) throws {
            loss = try s.choice(
                "loss", or: .softmax, "Of CLIP (softmax) or of SigLIP (sigmoid).")
            chunk = try s.int(
                "chunk", or: 0,
                "Samples whose activations are held at once; 0 is all. Gradients are the same.")
            hardNegatives = try s.bool(
                "hard_negatives", or: false,
                "Whether each picture is also told from a caption that is wrong for it, in one "
                    + "thing where the data set can say so (NegCLIP).")
            export = try s.choice(
                "export", or: .textEncoder,
                "What the model folder gets: the text encoder of a diffusion model, or the whole "
                    + "CLIP, which it then is.")
            try s.finish()
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let configuration: PinxitCLIPConfiguration
    private let tokenizer: CLIPTokenizer
    private let store: ParameterStore
    private let model: PinxitCLIPModel
    private let pictures: any CaptionedPictures
    private let data: TrainingData
    private lazy var heldOut = HeldOutRetrieval(data)
    /// The model folder, with the tokenizer.
    private let output: String
    /// The run's folder.
    private let folder: String

    var parameters: [ParameterStore.Parameter] { store.parameters }
    /// A diffusion model's folder has the text tower only.
    var components: [String: [ParameterStore.Parameter]] {
        switch settings.export {
        case .textEncoder:
            ["text_encoder": parameters.filter { $0.name.hasPrefix("text_model.") }]
        case .clip: ["": parameters]
        }
    }

    static func check(_ s: SettingsReader) throws {
        _ = try read(s, CLIPVocabularySizes())
    }

    private static func read(_ s: SettingsReader, _ tokenizer: CLIPVocabularySizes) throws -> (
        PinxitCLIPConfiguration, Settings
    ) {
        let configuration = try PinxitCLIPConfiguration(training: s.group("model"), tokenizer)
        let settings = try Settings(s.group("task"))
        guard settings.export == .clip || configuration.textKind == .causal else {
            throw s.field["task"]["export"].unsupported(
                settings.export.rawValue,
                ["\"clip\": a text encoder for diffusion has \"text\": \"causal\""])
        }
        return (configuration, settings)
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        (output, folder) = (context.model, context.folder)
        tokenizer = try CLIPTokenizer(folder: "\(output)/tokenizer")
        (configuration, settings) = try Self.read(
            context.settings, CLIPVocabularySizes(tokenizer))
        let own = optimisation.rowCount
        let held = settings.chunk > 0 ? min(settings.chunk, own) : own
        try context.settings.group("model").checkMemory(
            of: "a CLIP", samples: (held, configuration.numbersHeld), among: optimisation.ranks
        ) { [configuration] in _ = PinxitCLIPModel($0, configuration) }
        store = ParameterStore(seed: optimisation.seed)
        model = PinxitCLIPModel(
            store.root, configuration, initialBias: -logf(Float(optimisation.batch)))
        pictures = try context.captionedPictures(optimisation.seed)
        data = context.data
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let batch = try batch(step)
        let places = embed(batch, 0..<optimisation.rowCount, model)
        return (loss(places.map(optimisation.ranks.gather), batch), scalars)
    }

    func gradients(step: Int, found: (Int, Tensor) -> Void) throws -> StepGradients {
        guard settings.chunk > 0, settings.chunk < optimisation.rowCount else {
            return try walkedBack(step: step, found: found)
        }
        let batch = try batch(step)
        let (loss, gradients) = chunkedGradients(
            batch: optimisation.rowCount, chunk: settings.chunk,
            parameters: parameters.map(\.tensor), ranks: optimisation.ranks,
            embed: { embed(batch, $0, $1 ? model : silent) }, loss: { self.loss($0, batch) })
        return StepGradients(loss: loss, gradients: gradients, scalars: scalars)
    }

    /// The model on the same weights, recording nothing.
    private var silent: PinxitCLIPModel {
        PinxitCLIPModel(ParameterStore(checkpoint: store.weights).root, configuration)
    }

    private var scalars: [String: Float] {
        ["clip/scale": model.logScale.detached.exp.item]
    }

    /// This rank's pictures, their captions' token ids, and where they are asked for those of wrong
    /// captions; and the captions of all ranks.
    private struct Batch {
        var pictures: Tensor
        var ids: [Tensor]
        var captions: [String]
        var wrong: [String]
    }

    private func batch(_ step: Int) throws -> Batch {
        let own = optimisation.rows(of: step)
        let batch = try pictures.batch(own, size: configuration.pictureSize)
        let captions = batch.map(\.caption)
        let first = step * optimisation.batch
        let all = first..<first + optimisation.batch
        let clip = CLIP(model: model, tokenizer: tokenizer)
        var ids = [clip.ids(captions)]
        var wrong: [String] = []
        if settings.hardNegatives {
            wrong = all.map(pictures.wrongCaption)
            ids.append(clip.ids(Array(wrong[optimisation.rows])))
        }
        return Batch(
            pictures: Tensor(pictures: batch.map(\.picture)).cast(to: optimisation.precision),
            ids: ids,
            captions: (first..<own.lowerBound).map(pictures.caption) + captions
                + (own.upperBound..<all.upperBound).map(pictures.caption),
            wrong: wrong)
    }

    /// Embeddings of some samples: pictures, captions, and wrong captions if there are any.
    private func embed(_ batch: Batch, _ samples: Range<Int>, _ model: PinxitCLIPModel) -> [Tensor]
    {
        [model.embed(pictures: batch.pictures.sliced(axis: 0, samples))]
            + batch.ids.map {
                model.embed(ids: $0.sliced(axis: 0, samples), type: optimisation.precision)
            }
    }

    /// - Parameter places: All ranks' embeddings, as ``embed(_:_:_:)`` has them.
    private func loss(_ places: [Tensor], _ batch: Batch) -> Tensor {
        switch settings.loss {
        case .softmax:
            return contrastiveLoss(
                images: places[0], texts: places[1], logScale: model.logScale,
                targets: contrastiveTargets(batch.captions),
                wrongTexts: places.count > 2 ? places[2] : nil)
        case .sigmoid:
            let targets = contrastiveTargets(batch.captions, wrong: batch.wrong)
            let positives = Tensor(targets.floats.map { $0 > 0 ? 1 : 0 }, shape: targets.shape)
            return sigmoidContrastiveLoss(
                images: places[0], texts: concatenate(Array(places[1...]), axis: 0),
                logScale: model.logScale, bias: model.bias, positives: positives)
        }
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let model = PinxitCLIPModel(ParameterStore(checkpoint: weights).root, configuration)
        let found = try heldOut.run(CLIP(model: model, tokenizer: tokenizer))
        try log.scalars(found.scalars, step: step, table: "heldout")
        log.message("step \(step): held-out retrieval\n\(found.table)")
    }

    /// Writes what the settings ask for to the model folder, and the whole CLIP into the run's
    /// folder where they ask for less.
    func export(weights: [String: Tensor]) throws {
        let tokenizer = "\(output)/tokenizer"
        switch settings.export {
        case .clip: try configuration.write(weights, tokenizer: tokenizer, to: output)
        case .textEncoder:
            try configuration.text.write(
                weights.filter { $0.key.hasPrefix("text_model.") }, to: "\(output)/text_encoder")
            try configuration.write(weights, tokenizer: tokenizer, to: "\(folder)/clip")
        }
    }
}
