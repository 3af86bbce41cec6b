import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTokenizers

/// Loads a contrastive model from a folder, in whichever layout it is published:
///
/// - `config.json` and `model.safetensors` of `pinxit train clip` (`model_type` is `pinxit_clip`)
///   or of transformers (`clip`);
/// - `open_clip_config.json` and `open_clip_model.safetensors` of OpenCLIP;
/// - one `.safetensors` file with OpenAI's names and no configuration: sizes are read off the
///   shapes.
///
/// - Parameter options: For the first layout; the others are one file that is read whole.
/// - Throws: `FileError` for the file and field that is wrong.
public func loadCLIP(
    folder: String, _ options: LoadOptions = LoadOptions()
) throws(FileError) -> any ContrastiveModel {
    try loadPublished(folder: folder, options).model
}

/// The model, and whether its authors' tokenizer cleans texts.
private func loadPublished(
    folder: String, _ options: LoadOptions
) throws(FileError) -> (model: any ContrastiveModel, cleansText: Bool) {
    let openCLIP = folder.path("open_clip_config.json")
    if fileExists(folder.path("config.json")) {
        let component = try Component(path: folder)
        switch try component.config["model_type"].string(or: "clip") {
        case PinxitCLIPConfiguration.modelType:
            return (try PinxitCLIPModel.load(component, options), false)
        case "clip" where !fileExists(openCLIP) || (try? component.weightsPath()) != nil:
            return (try CLIPModel.load(folder: folder, options), false)
        case "clip": break
        case let other:
            throw component.config["model_type"].unsupported(
                "\"\(other)\"", ["clip", PinxitCLIPConfiguration.modelType])
        }
    }
    if fileExists(openCLIP) {
        let model = try CLIPModel.load(
            openCLIP: try JSONFile.read(openCLIP), folder: folder, options.notes)
        return (model, true)
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.filter { $0.hasSuffix(".safetensors") }
    guard files.count == 1 else {
        throw FileError(
            path: folder,
            problem:
                "holds no CLIP: config.json with model.safetensors, open_clip_config.json with "
                + "open_clip_model.safetensors, or one .safetensors file with OpenAI's names is accepted"
        )
    }
    return (try CLIPModel.load(stateDict: folder.path(files[0]), options.notes), true)
}

extension CLIP {
    /// Loads a model as ``loadCLIP(folder:_:)`` does, and its tokenizer from `tokenizer/` or the
    /// folder itself.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String, _ options: LoadOptions = LoadOptions()) throws {
        let (model, cleansText) = try loadPublished(folder: folder, options)
        let inner = folder.path("tokenizer")
        let home = CLIPTokenizer.isPresent(in: inner) ? inner : folder
        var tokenizer = try CLIPTokenizer(folder: home)
        tokenizer.cleansText = cleansText
        try tokenizer.checkFit(model.textConfiguration, folder: home)
        self.init(model: model, tokenizer: tokenizer)
    }
}

extension PinxitCLIPModel {
    static func load(
        _ component: Component, _ options: LoadOptions
    ) throws(FileError) -> PinxitCLIPModel {
        let configuration = try PinxitCLIPConfiguration(component.config)
        return try component.model(options, build: { PinxitCLIPModel($0, configuration) })
    }
}

extension CLIPModel {
    /// Loads what OpenCLIP publishes.
    static func load(
        openCLIP json: JSONField, folder: String, _ notes: LoadNotes
    ) throws(FileError) -> CLIPModel {
        let c = try OpenCLIPConfiguration(json)
        let names = ["open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"]
        guard let name = names.first(where: { fileExists(folder.path($0)) }) else {
            throw FileError(
                path: folder,
                problem: "has no weights: \(names.joined(separator: " or ")) is accepted")
        }
        let file = folder.path(name)
        let tensors = try KeyTable.openCLIP(try Checkpoint.load(file), file: file)
        return try verifiedModel(
            tensors, file: file, configuration: json.file, notes: notes,
            isIgnored: OpenAIShapes.isIgnored,
            build: {
                CLIPModel(
                    $0, text: c.text, vision: c.vision, projectionSize: c.projectionSize,
                    preprocessing: c.preprocessing)
            })
    }

    /// Loads a state dict with OpenAI's names.
    static func load(
        stateDict file: String, _ notes: LoadNotes
    ) throws(FileError) -> CLIPModel {
        let tensors = try Checkpoint.load(file)
        let shapes = OpenAIShapes(file: file, tensors: tensors)
        let (text, vision) = (try shapes.text(), try shapes.vision())
        return try verifiedModel(
            try KeyTable.openCLIP(tensors, file: file), file: file, configuration: nil,
            notes: notes,
            isIgnored: OpenAIShapes.isIgnored,
            build: {
                CLIPModel(
                    $0, text: text, vision: vision, projectionSize: text.projectionSize,
                    preprocessing: .openAI(side: vision.imageSize))
            })
    }
}
