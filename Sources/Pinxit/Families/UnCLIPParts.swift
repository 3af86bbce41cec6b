import PinxitCLIP
import PinxitCheckpoints
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors

/// What an unCLIP has beside its decoder: CLIP's two sides, the prior, and the noise on embeddings.
struct UnCLIPParts: Sendable {
    let texts: (any TextEmbedder)?
    let pictures: (any PictureEmbedder)?
    let prior: Prior?
    let noise: EmbeddingNoise
    private let settings: ModelSettings

    /// - Throws: `FileError` for a file that is wrong, or files that do not fit together.
    init(_ folder: ModelFolder, _ options: LoadOptions) throws {
        let path = folder.path
        settings = folder.settings
        func has(_ component: String) -> Bool { fileExists(path.path("\(component)/config.json")) }
        if has("clip") {
            let clip = ScaledCLIP(try CLIP(folder: path.path("clip"), options))
            (texts, pictures) = (clip, clip)
        } else {
            texts =
                has("prior_text_encoder")
                ? try ProjectedTextModel(
                    folder: path.path("prior_text_encoder"),
                    tokenizer: path.path("prior_tokenizer"), options) : nil
            pictures =
                has("image_encoder")
                ? try ProjectedVisionModel(
                    folder: path.path("image_encoder"),
                    preprocessor: path.path("feature_extractor"), options) : nil
        }
        prior = has("prior") ? try Prior.load(folder: path, options) : nil
        noise = EmbeddingNoise(
            try EmbeddingNormaliser.load(folder: path.path("image_normalizer"), options),
            try SchedulerConfiguration(
                file: path.path("image_noising_scheduler/scheduler_config.json")))
        try check(path)
    }

    /// Every precondition of a forward pass that one part has of another.
    private func check(_ path: String) throws(FileError) {
        let fit = PartsFit(folder: path)
        let features = ("features of the image normaliser", noise.normaliser.features)
        if let texts {
            try fit.equal(
                "features of the text embeddings", texts.features, features.0, features.1)
        }
        if let pictures {
            try fit.equal(
                "features of the picture embeddings", pictures.features, features.0, features.1)
        }
        guard let prior else { return }
        let c = prior.transformer.configuration
        try fit.equal(
            "features of the prior's embeddings", c.embeddingWidth, features.0, features.1)
        try fit.atMost(
            "prior_steps of pinxit.json", settings.priorSteps, "steps of the prior's scheduler",
            prior.scheduler.levels.count)
        guard let texts else { return }
        try fit.equal(
            "features of the text states", texts.stateWidth, "features of states the prior takes",
            c.statesWidth)
        try fit.atMost(
            "tokens of a text", texts.mostTokens, "tokens the prior has places for", c.tokens)
    }

    /// The pictures that a request starts from.
    func seen(_ source: PaintSource, type: ElementType) throws -> [SeenPicture] {
        let pictures: [Picture] =
            switch source {
            case .text, .image, .inpaint, .interpolation: []
            case .variation(let picture, _, _): [picture]
            case .blend(let first, let second, _, _, _): [first, second]
            }
        return try pictures.map { picture in
            let embedding = try embed(picture, type)
            return SeenPicture(
                picture: picture, embedding: embedding,
                condition: noise.condition(
                    embedding, levels: [0], noise: .zeros(embedding.shape)))
        }
    }

    /// What the decoder is given for each picture of a request.
    ///
    /// - Parameter seen: The pictures it starts from.
    func condition(
        _ source: PaintSource, _ seen: [SeenPicture], prompt: String, type: ElementType
    ) throws -> PictureCondition {
        switch source {
        case .text, .image, .inpaint, .interpolation: return try textCondition(prompt, type)
        case .variation(_, let level, _):
            let embedding = seen[0].embedding
            return { _, generator in
                noised(embedding, level, &generator)
            }
        case .blend(_, _, let places, let level, _):
            let (a, b) = (seen[0].embedding, seen[1].embedding)
            return { number, generator in
                noised(sphericallyInterpolated(a, b, at: places[number - 1]), level, &generator)
            }
        }
    }

    private func textCondition(_ prompt: String, _ type: ElementType) throws -> PictureCondition {
        guard let prior, let texts else {
            throw PaintError.request(field: "prompt", problem: "there is no prior to read it")
        }
        let both = texts.embed(texts: ["", prompt], type: type)
        let shape: Shape = [1, noise.normaliser.features]
        return { [settings] _, generator in
            let embedding = try prior.embeddings(
                both.repeated(1, count: 1), empty: both.repeated(0, count: 1),
                guidance: Float(settings.priorGuidanceScale), steps: settings.priorSteps,
                drawing: { generator.normal(shape) })
            return noised(embedding, 0, &generator)
        }
    }

    /// The embedding of a picture, `[1, features]`.
    private func embed(_ picture: Picture, _ type: ElementType) throws -> Tensor {
        guard let pictures else {
            throw PaintError.request(
                field: "source", problem: "there is no image_encoder to see it")
        }
        return pictures.embed(pictures: [picture], type: type)
    }

    private func noised(
        _ embedding: Tensor, _ level: Int, _ generator: inout NoiseGenerator
    ) -> Tensor {
        noise.condition(embedding, levels: [level], noise: generator.normal(embedding.shape))
    }
}
