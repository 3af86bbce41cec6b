import PinxitFiles
import PinxitTokenizers

/// A model's folder, as far as its index goes; no weights are read.
public struct ModelFolder: Sendable {
    /// As it was given, with or without a slash at its end.
    public let path: String
    /// What kind of model it is.
    public let pipeline: Pipeline
    /// What the folder says of its own use and making.
    public let settings: ModelSettings
    /// The words it has been shown; nil where the folder does not say.
    public let words: LearntWords?

    /// The folder's name.
    public var name: String { path.lastPathPart }

    /// The kinds of models, by `_class_name` of `model_index.json`.
    public enum Pipeline: String, Sendable, CaseIterable {
        case stableDiffusion = "StableDiffusionPipeline"
        case unCLIP = "StableUnCLIPPipeline"
        case unCLIPVariations = "StableUnCLIPImg2ImgPipeline"
        case dalle = "PinxitDALLEPipeline"
        case clipGAN = "PinxitCLIPGANPipeline"

        /// Pipelines of diffusers for other tasks with the same parts.
        private static let sameParts = [
            "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline",
            "StableDiffusionInpaintPipelineLegacy", "StableDiffusionControlNetPipeline",
            "StableDiffusionAttendAndExcitePipeline", "StableDiffusionDiffEditPipeline",
            "StableDiffusionPAGPipeline", "StableDiffusionPanoramaPipeline",
            "StableDiffusionParadigmsPipeline", "StableDiffusionSAGPipeline",
            "StableDiffusionPipelineSafe", "CycleDiffusionPipeline",
        ]

        /// The kind of that class name.
        init?(className: String) {
            if Self.sameParts.contains(className) {
                self = .stableDiffusion
            } else {
                self.init(rawValue: className)
            }
        }

        /// What it is called in lists of models.
        var title: String {
            switch self {
            case .stableDiffusion: "latent diffusion"
            case .unCLIP, .unCLIPVariations: "unCLIP (DALL·E 2)"
            case .dalle: "DALL·E 1"
            case .clipGAN: "CLIP-GAN"
            }
        }

        /// The family of models with the same options.
        public var family: ModelFamily {
            switch self {
            case .stableDiffusion, .unCLIP, .unCLIPVariations: .diffusion
            case .dalle: .tokens
            case .clipGAN: .gan
            }
        }
    }

    /// - Throws: `PaintError.missingModel`, or `FileError` for the file and field that is wrong.
    public init(_ path: String) throws {
        let index = path.path("model_index.json")
        guard fileExists(index) else {
            throw PaintError.missingModel(
                path: path,
                problem: "is no model; a diffusers folder, with model_index.json, is accepted")
        }
        self.path = path
        pipeline = try Self.pipeline(try JSONFile.read(index))
        settings = try ModelSettings(folder: path)
        words = try LearntWords(folder: path)
    }

    private static func pipeline(_ index: JSONField) throws(FileError) -> Pipeline {
        let name = try index["_class_name"].string()
        guard let pipeline = Pipeline(className: name) else {
            let accepted = Pipeline.allCases.map(\.rawValue).joined(separator: ", ")
            throw FileError(
                path: index.file, field: "_class_name",
                problem: "\(name) is not known; \(accepted) is accepted")
        }
        return pipeline
    }
}
