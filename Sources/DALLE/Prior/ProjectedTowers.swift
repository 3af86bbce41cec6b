import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors
import PinxitTokenizers

/// CLIP's text tower with its projection alone, transformers' `CLIPTextModelWithProjection`; nothing is scaled to length one.
public struct ProjectedTextModel: TextEmbedder {
    let tokenizer: CLIPTokenizer
    let tower: CLIPTextModel
    let projection: Linear

    public var features: Int { projection.weight.shape[0] }

    /// Loads `prior_text_encoder/` and `prior_tokenizer/` of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String, tokenizer tokenizerFolder: String) throws {
        tokenizer = try CLIPTokenizer(folder: tokenizerFolder)
        let folder = try ComponentFolder(path: folder)
        let configuration = try CLIPTextConfiguration(folder.config)
        guard tokenizer.vocabularySize <= configuration.vocabularySize,
            tokenizer.modelMaxLength <= configuration.maxPositions
        else {
            throw folder.config["vocab_size"].unsupported(
                "\(configuration.vocabularySize) tokens in \(configuration.maxPositions) places",
                ["at least those of \(tokenizerFolder)"])
        }
        (tower, projection) = try folder.model(
            isIgnored: { $0.hasSuffix("position_ids") },
            renamed: {
                $0.hasPrefix("text_model.") || $0.hasPrefix("text_projection.")
                    ? $0 : "text_model.\($0)"
            },
            build: { w in
                (
                    CLIPTextModel(w("text_model"), configuration),
                    Linear(
                        w("text_projection"), configuration.hiddenSize,
                        configuration.projectionSize, bias: false)
                )
            })
    }

    public func embed(texts: [String], type: ElementType) -> EmbeddedTexts {
        let ids = Tensor(
            texts.flatMap { tokenizer.encode($0) },
            shape: [texts.count, tokenizer.modelMaxLength])
        let states = tower(ids, type: type).last
        return EmbeddedTexts(
            states: states,
            embeddings: projection(tower.pooled(states, ids: ids)).cast(to: .f32),
            lengths: textLengths(ids, end: tokenizer.eosID))
    }
}

/// CLIP's image tower with its projection alone, transformers' `CLIPVisionModelWithProjection`; nothing is scaled to length one.
public struct ProjectedVisionModel: PictureEmbedder {
    let tower: CLIPVisionModel
    let projection: Linear
    let preprocessing: PicturePreprocessing

    public var features: Int { projection.weight.shape[0] }

    /// Loads `image_encoder/` of a diffusers model, and `feature_extractor/` where there is one.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String, preprocessor: String) throws {
        let folder = try ComponentFolder(path: folder)
        let configuration = try CLIPVisionConfiguration(folder.config)
        let features = try folder.config["projection_dim"].size(or: 512)
        let file = "\(preprocessor)/preprocessor_config.json"
        preprocessing =
            fileExists(file)
            ? try PicturePreprocessing(
                transformers: try JSONFile.read(file), side: configuration.imageSize)
            : .openAI(side: configuration.imageSize)
        (tower, projection) = try folder.model(
            isIgnored: { $0.hasSuffix("position_ids") },
            build: { w in
                (
                    CLIPVisionModel(w("vision_model"), configuration),
                    Linear(
                        w("visual_projection"), configuration.hiddenSize, features, bias: false)
                )
            })
    }

    public func embed(pictures: [Picture], type: ElementType) -> Tensor {
        let pixels = Tensor(pictures: pictures.map { preprocessing($0) }).cast(to: type)
        let pooled = tower(preprocessing.standardised(pixels)).pooled
        return projection(pooled).cast(to: .f32)
    }
}
