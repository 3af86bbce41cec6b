import CLIP
import Checkpoints
import Datasets
import Files
import FoundationEssentials
import Images
import Layers
import Tensors
import Tokenizers

#if canImport(Glibc)
    import Glibc
#endif

/// Training of CLIP: a text and an image tower that put a picture and its caption in the same place.
public final class CLIPTask: TrainingTask {
    struct Settings {
        var loss: Loss
        enum Loss: String, CaseIterable { case softmax, sigmoid }

        init(_ s: SettingsReader) throws {
            loss = try s.choice("loss", or: .softmax)
            try s.finish()
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let textConfiguration: CLIPTextConfiguration
    private let imageConfiguration: ConvolutionalImageConfiguration
    private let tokenizer: CLIPTokenizer
    private let store: ParameterStore
    private let towers: Towers
    private let pictures: Composer
    private let heldOut: Composer
    private let output: String

    public var parameters: [ParameterStore.Parameter] { store.parameters }
    /// A model folder has the text tower only.
    public var components: [String: [ParameterStore.Parameter]] {
        ["text_encoder": parameters.filter { $0.name.hasPrefix("text_model.") }]
    }

    init(
        text: CLIPTextConfiguration, image: ConvolutionalImageConfiguration, _ settings: Settings,
        _ optimisation: OptimisationSettings, tokenizer: CLIPTokenizer, library: SpriteLibrary,
        output: String
    ) {
        self.settings = settings
        self.optimisation = optimisation
        textConfiguration = text
        imageConfiguration = image
        self.tokenizer = tokenizer
        self.output = output
        store = ParameterStore(seed: optimisation.seed)
        towers = Towers(store.root, text, image, batch: optimisation.batch)
        pictures = Composer(library: library, seed: optimisation.seed)
        heldOut = Composer(library: library, seed: 1, split: .test)
    }

    /// Both towers with their projections.
    private struct Towers {
        let text: CLIPTextModel
        let image: ConvolutionalImageModel
        let textProjection: Linear
        let imageProjection: Linear
        let logScale: Tensor
        let bias: Tensor

        init(
            _ w: Weights, _ t: CLIPTextConfiguration, _ i: ConvolutionalImageConfiguration,
            batch: Int
        ) {
            text = CLIPTextModel(w("text_model"), t)
            image = ConvolutionalImageModel(w("vision_model"), i)
            textProjection = Linear(
                w("text_projection"), t.hiddenSize, t.projectionSize, bias: false)
            imageProjection = Linear(
                w("visual_projection"), i.widths.last!, i.projectionSize, bias: false)
            logScale = w.parameter("logit_scale", [1], .constant(2.6592))  // ln(1 / 0.07)
            bias = w.parameter("logit_bias", [1], .constant(-logf(Float(batch))))
        }

        /// `[batch, features]` in f32, rows of length one.
        func embed(ids: Tensor, _ type: ElementType) -> Tensor {
            let states = text(ids, type: type).last
            return normalised(textProjection(text.pooled(states, ids: ids)).cast(to: .f32))
        }

        func embed(pictures: Tensor) -> Tensor {
            normalised(imageProjection(image(pictures)).cast(to: .f32))
        }
    }

    public func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let first = step * optimisation.batch
        let batch = pictures.batch(
            first..<first + optimisation.batch, size: imageConfiguration.imageSize)
        let images = towers.embed(
            pictures: Tensor(pictures: batch.map(\.picture)).cast(to: optimisation.precision))
        let texts = towers.embed(ids: ids(batch.map(\.caption)), optimisation.precision)
        let targets = contrastiveTargets(batch.map(\.caption))
        let loss: Tensor
        switch settings.loss {
        case .softmax:
            loss = contrastiveLoss(
                images: images, texts: texts, logScale: towers.logScale, targets: targets)
        case .sigmoid:
            let positives = Tensor(targets.floats.map { $0 > 0 ? 1 : 0 }, shape: targets.shape)
            loss = sigmoidContrastiveLoss(
                images: images, texts: texts, logScale: towers.logScale, bias: towers.bias,
                positives: positives)
        }
        return (loss, ["clip/scale": towers.logScale.detached.exp.item])
    }

    /// Tokens of captions, cut to the longest of the batch: causal states do not depend on the padding behind them.
    private func ids(_ captions: [String]) -> Tensor {
        let all = captions.map { tokenizer.encode($0) }
        let longest = all.map { text in (text.firstIndex(of: tokenizer.eosID) ?? text.count - 1) + 1
        }.max()!
        return Tensor(all.flatMap { $0.prefix(longest) }, shape: [captions.count, longest])
    }

    public func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = Towers(
            ParameterStore(checkpoint: weights).root, textConfiguration, imageConfiguration,
            batch: optimisation.batch)
        let samples = (0..<500).map { heldOut.spec(at: $0) }
        let x = Tensor(
            pictures: samples.map { heldOut.render($0, size: imageConfiguration.imageSize) })
        let images = averaged.embed(pictures: x)
        var scalars: [String: Float] = [:]
        var line = "step \(step): held-out retrieval among 500, chance 0.002:"
        for language in CaptionLanguage.allCases {
            let captions = samples.map { heldOut.caption($0, language: language) }
            let similarity = matmul(
                images, averaged.embed(ids: ids(captions), .f32), transposeB: true)
            let toText = recall(similarity, keys: captions, at: [1, 5, 10])
            let toImage = recall(similarity.permuted([1, 0]), keys: captions, at: [1, 5, 10])
            for (index, k) in [1, 5, 10].enumerated() {
                scalars["heldout/\(language.rawValue)_image_to_text_r\(k)"] = toText[index]
                scalars["heldout/\(language.rawValue)_text_to_image_r\(k)"] = toImage[index]
            }
            line +=
                "  \(language.rawValue) R@1 \(Progress.rounded(toText[0]))/\(Progress.rounded(toImage[0]))"
        }
        try log.scalars(scalars, step: step, table: "heldout")
        log.message(line)
    }

    /// Writes the text tower as the model's text encoder, and the whole CLIP into the run's folder beside it.
    public func export(weights: [String: Tensor]) throws {
        try textConfiguration.write(
            weights.filter { $0.key.hasPrefix("text_model.") }, to: "\(output)/text_encoder")
        try FileManager.default.createDirectory(
            atPath: "\(output).runs/clip", withIntermediateDirectories: true)
        try Checkpoint.save(
            weights.mapValues { $0.cast(to: .f16) }, to: "\(output).runs/clip/clip.safetensors")
    }
}
