import PinxitCLIP
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors

/// Draws what the U-Net is given beside the text for the picture whose random numbers these are: `[1, features]`.
typealias PictureCondition = (inout TorchGenerator) throws -> Tensor

/// Painting with unCLIP (Ramesh et al. 2022): a prior makes the embedding of a picture from a text, a latent diffusion decoder
/// the picture from its embedding. Given a picture's own embedding, the decoder paints variations of it.
struct UnCLIPPainting: PaintingFamily {
    let decoder: LatentDiffusionPainting
    let texts: (any TextEmbedder)?
    let pictures: (any PictureEmbedder)?
    let prior: Prior?
    let noise: EmbeddingNoise
    /// Steps and guidance of the prior: `prior_steps` and `prior_guidance_scale` of `pinxit.json`, otherwise 25 and 4.
    let priorSteps: Int
    let priorGuidance: Double

    init(_ folder: ModelFolder, isStreamed: Bool) throws {
        let path = folder.path
        decoder = try LatentDiffusionPainting(folder, isStreamed: isStreamed)
        if fileExists(path + "clip/config.json") {
            let clip = ScaledCLIP(try CLIP(folder: path + "clip"))
            (texts, pictures) = (clip, clip)
        } else {
            texts =
                fileExists(path + "prior_text_encoder/config.json")
                ? try ProjectedTextModel(
                    folder: path + "prior_text_encoder", tokenizer: path + "prior_tokenizer") : nil
            pictures =
                fileExists(path + "image_encoder/config.json")
                ? try ProjectedVisionModel(
                    folder: path + "image_encoder", preprocessor: path + "feature_extractor") : nil
        }
        prior = fileExists(path + "prior/config.json") ? try Prior.load(folder: path) : nil
        noise = EmbeddingNoise(
            try EmbeddingNormaliser.load(folder: path + "image_normalizer"),
            try SchedulerConfiguration(
                file: path + "image_noising_scheduler/scheduler_config.json"))
        let own = fileExists(path + "pinxit.json") ? try JSONFile.read(path + "pinxit.json") : nil
        priorSteps = try own?["prior_steps"].size(or: 25, in: 2...1000) ?? 25
        priorGuidance = try own?["prior_guidance_scale"].double(or: 4) ?? 4
        try check(path)
    }

    /// The parts must fit each other, not only their own files.
    private func check(_ path: String) throws(PaintError) {
        let features = noise.normaliser.features
        let transformer = prior?.transformer.configuration
        let pairs: [(String, Int?)] = [
            ("half the features of the U-Net's class embedding", decoder.model.classWidth / 2),
            ("features of the prior's embeddings", transformer?.embeddingWidth),
            ("features of the text embeddings", texts?.features),
            ("features of the picture embeddings", pictures?.features),
        ]
        for case (let name, let found?) in pairs where found != features {
            throw .model(
                path: path,
                problem: "\(name): \(found); accepted is \(features), those of the image normaliser"
            )
        }
        if let prior, priorSteps > prior.scheduler.levels.count {
            throw .model(
                path: path,
                problem: "prior_steps: at most \(prior.scheduler.levels.count) are accepted")
        }
    }

    func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        try decoder.resolved(request)
    }

    /// Paints what the text says.
    func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        let condition = try textCondition(request)
        return try session(request, options, condition).run(onProgress)
    }

    private func textCondition(_ request: PaintRequest) throws -> PictureCondition {
        guard let prior, let texts else {
            throw PaintError.model(
                path: decoder.folder.path,
                problem: "has no prior to paint from text with; pinxit vary and pinxit blend "
                    + "paint from pictures")
        }
        let type = request.precision!.type
        let both = texts.embed(texts: ["", request.prompt], type: type)
        let shape: Shape = [1, noise.normaliser.features]
        return { [noise, priorSteps, priorGuidance] generator in
            let embedding = try prior.embeddings(
                both.repeated(1, count: 1), empty: both.repeated(0, count: 1),
                guidance: Float(priorGuidance), steps: priorSteps,
                drawing: { generator.normal(shape) })
            return noise.condition(embedding, levels: [0], noise: generator.normal(shape))
        }
    }

    /// The embedding of a picture, `[1, features]`.
    ///
    /// - Throws: `PaintError.model` if the model has no image tower.
    func embed(_ picture: Picture, _ precision: Precision) throws -> Tensor {
        guard let pictures else {
            throw PaintError.model(
                path: decoder.folder.path,
                problem: "has no image_encoder; pinxit paint paints from text")
        }
        return pictures.embed(pictures: [picture], type: precision.type)
    }

    /// Paints pictures of an embedding.
    func paint(
        _ request: PaintRequest, _ options: PaintOptions, embedding: Tensor, noiseLevel: Int,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting {
        let condition: PictureCondition = { [noise] generator in
            noise.condition(
                embedding, levels: [noiseLevel], noise: generator.normal(embedding.shape))
        }
        return try session(request, options, condition).run(onProgress)
    }

    private func session(
        _ request: PaintRequest, _ options: PaintOptions, _ condition: @escaping PictureCondition
    ) -> PaintSession {
        PaintSession(
            model: decoder.model, scheduler: decoder.scheduler, request: request,
            options: options, condition: condition)
    }
}
