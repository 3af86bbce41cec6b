import PinxitFiles
import PinxitStableDiffusion
import PinxitTokenizers

/// A model's folder or single file, as far as its index goes; no weights are read.
public struct ModelFolder: Sendable {
    /// As it was given, with or without a slash at its end.
    public let path: String
    /// A model that is one file.
    let file: SingleFile?
    /// What kind of model it is.
    public let pipeline: Pipeline
    /// What the folder says of its own use and making.
    public let settings: ModelSettings
    /// The words it has been shown; nil where the folder does not say.
    public let words: LearntWords?

    /// Whether it was trained by this program, as far as its folder says.
    var isTrainedHere: Bool {
        words != nil || (file == nil && fileExists(path.path(ModelSettings.fileName)))
    }

    /// The folder's name, or the file's without its ending.
    public var name: String {
        guard file != nil else {
            // The hub's cache calls a model's folder by a commit: models--ORG--NAME/snapshots/…
            let parts = path.split(separator: "/")
            guard let place = parts.lastIndex(of: "snapshots"), place > 0,
                parts[place - 1].hasPrefix("models--"),
                let dashes = parts[place - 1].ranges(of: "--").last
            else { return path.lastPathPart }
            return String(parts[place - 1][dashes.upperBound...])
        }
        let parts = path.lastPathPart.split(separator: ".")
        return parts.count > 1 ? parts.dropLast().joined(separator: ".") : path.lastPathPart
    }

    /// The kinds of models, by `_class_name` of `model_index.json`.
    public enum Pipeline: String, Sendable, CaseIterable {
        case stableDiffusion = "StableDiffusionPipeline"
        case stableDiffusionXL = "StableDiffusionXLPipeline"
        case unCLIP = "StableUnCLIPPipeline"
        case unCLIPVariations = "StableUnCLIPImg2ImgPipeline"
        case dalle = "PinxitDALLEPipeline"
        case clipGAN = "PinxitCLIPGANPipeline"

        /// Pipelines of diffusers for other tasks with the same parts.
        private static let sameParts = [
            "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline",
            "StableDiffusionInpaintPipelineLegacy", "StableDiffusionControlNetPipeline",
            "StableDiffusionInstructPix2PixPipeline",
            "StableDiffusionAttendAndExcitePipeline", "StableDiffusionDiffEditPipeline",
            "StableDiffusionPAGPipeline", "StableDiffusionPanoramaPipeline",
            "StableDiffusionParadigmsPipeline", "StableDiffusionSAGPipeline",
            "StableDiffusionPipelineSafe", "CycleDiffusionPipeline",
            "LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline",
        ]
        private static let samePartsXL = [
            "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline",
            "StableDiffusionXLControlNetPipeline", "StableDiffusionXLPAGPipeline",
            "StableDiffusionXLInstructPix2PixPipeline",
        ]

        /// The kind of that class name.
        init?(className: String) {
            if Self.sameParts.contains(className) {
                self = .stableDiffusion
            } else if Self.samePartsXL.contains(className) {
                self = .stableDiffusionXL
            } else {
                self.init(rawValue: className)
            }
        }

        /// What it is called in lists of models.
        var title: String {
            switch self {
            case .stableDiffusion: "latent diffusion"
            case .stableDiffusionXL: "latent diffusion (SDXL)"
            case .unCLIP, .unCLIPVariations: "unCLIP (DALL·E 2)"
            case .dalle: "DALL·E 1"
            case .clipGAN: "CLIP-GAN"
            }
        }

        /// Whether it is latent diffusion conditioned on text alone.
        public var isStableDiffusion: Bool {
            self == .stableDiffusion || self == .stableDiffusionXL
        }

        /// The family of models with the same options.
        public var family: ModelFamily {
            switch self {
            case .stableDiffusion, .stableDiffusionXL, .unCLIP, .unCLIPVariations: .diffusion
            case .dalle: .tokens
            case .clipGAN: .gan
            }
        }
    }

    /// - Throws: `PaintError.missingModel`, or `FileError` for the file and field that is wrong.
    public init(_ path: String) throws {
        self.path = path
        if fileSize(path) != nil {
            let file = try SingleFile(path)
            self.file = file
            pipeline = try Self.pipeline(file)
            (settings, words) = (ModelSettings(), nil)
            return
        }
        let index = path.path("model_index.json")
        guard fileExists(index) else {
            throw PaintError.missingModel(
                path: path,
                problem:
                    "is no model; a diffusers folder, with model_index.json, or a checkpoint in "
                    + "one file is accepted")
        }
        file = nil
        pipeline = try Self.pipeline(try JSONFile.read(index))
        settings = try ModelSettings(folder: path)
        words = try LearntWords(folder: path)
    }

    private static func pipeline(_ file: SingleFile) throws(FileError) -> Pipeline {
        switch file.kind {
        case .stableDiffusion1, .stableDiffusion2: return .stableDiffusion
        case .sdxl, .sdxlRefiner: return .stableDiffusionXL
        case .unet, .autoencoder:
            let option = file.kind == .unet ? "--unet" : "--vae"
            throw FileError(
                path: file.path,
                problem:
                    "is only the \(file.kind.rawValue) of a model; \(option) takes it, beside a "
                    + "whole model")
        }
    }

    /// Where its components are; for latent diffusion.
    package var source: any LatentDiffusionSource { file ?? DiffusersFolder(path) }

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
