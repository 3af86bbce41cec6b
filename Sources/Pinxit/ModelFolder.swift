import PinxitFiles

/// A model's folder, as far as its index goes; no weights are read.
public struct ModelFolder: Sendable {
    /// With a slash at the end.
    public let path: String
    public let pipeline: Pipeline
    /// Steps where a request names none: `steps` of `pinxit.json`, otherwise 20.
    public let usualSteps: Int
    /// Guidance where a request names none: `guidance_scale` of `pinxit.json`, otherwise 7.5.
    public let usualGuidance: Double

    /// The folder's name.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The kinds of models, by `_class_name` of `model_index.json`.
    public enum Pipeline: String, Sendable, CaseIterable {
        case stableDiffusion = "StableDiffusionPipeline"
        case unCLIP = "StableUnCLIPPipeline"
        case unCLIPVariations = "StableUnCLIPImg2ImgPipeline"
        case dalle = "PinxitDALLEPipeline"
        case clipGAN = "PinxitCLIPGANPipeline"
    }

    /// - Throws: `PaintError.missingModel`, or `FileError` for the file and field that is wrong.
    public init(_ path: String) throws {
        let path = path.hasSuffix("/") ? path : path + "/"
        let index = path + "model_index.json"
        guard fileExists(index) else {
            throw PaintError.missingModel(
                path: path,
                problem:
                    "is no model; a diffusers folder, with model_index.json, is accepted"
            )
        }
        self.path = path
        pipeline = try Self.pipeline(try JSONFile.read(index))
        let own = fileExists(path + "pinxit.json") ? try JSONFile.read(path + "pinxit.json") : nil
        usualSteps = try own?["steps"].int(or: 20) ?? 20
        usualGuidance = try own?["guidance_scale"].double(or: 7.5) ?? 7.5
    }

    private static func pipeline(_ index: JSONField) throws(FileError) -> Pipeline {
        let name = try index["_class_name"].string()
        guard let pipeline = Pipeline(rawValue: name) else {
            let accepted = Pipeline.allCases.map(\.rawValue).joined(separator: ", ")
            throw FileError(
                path: index.file, field: "_class_name",
                problem: "\(name) is not known; \(accepted) is accepted")
        }
        return pipeline
    }
}
