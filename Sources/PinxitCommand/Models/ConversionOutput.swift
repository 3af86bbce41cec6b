import Pinxit
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// A model's folder or single file that is to be written, where nothing is yet.
struct ConversionOutput {
    private let path: String
    private let type: ElementType

    /// - Throws: `UsageError` for what cannot be written.
    init(_ path: String, type: String) throws {
        let types: [String: ElementType] = ["f32": .f32, "f16": .f16, "bf16": .bf16]
        guard let element = types[type] else {
            throw UsageError("--type \(type): f32, f16, bf16 are accepted")
        }
        let others = [".ckpt", ".pt", ".bin", ".gguf", ".pth"]
        let lowered = path.lowercased()
        guard !path.isEmpty, path != "-", !others.contains(where: lowered.hasSuffix) else {
            throw UsageError(
                "OUTPUT \(path): a name that ends in .safetensors, or one of a folder, is accepted")
        }
        guard !fileExists(path) else {
            throw UsageError("\(path): is there already; nothing is replaced")
        }
        try checkWritable(path)
        (self.path, self.type) = (path, element)
    }

    /// Writes the model and prints where.
    ///
    /// - Parameter words: What the written model has been shown; nil where nobody knows.
    func write(
        _ folder: ModelFolder, merge: ModelMerge? = nil, words: LearntWords?
    ) async throws {
        let isFile = path.lowercased().hasSuffix(".safetensors")
        if isFile { try makeFolder(path.parentPath) }
        try await Engine.turn { [path, type] in
            let conversion = ModelConversion(folder.source, type: type, merge: merge)
            try isFile
                ? conversion.writeFile(path)
                : conversion.writeFolder(path) { try keep(folder, words, in: $0) }
        }
        print(path)
    }

    /// Writes what only our own models have beside their weights.
    private func keep(_ folder: ModelFolder, _ words: LearntWords?, in new: String) throws {
        let settings = folder.path.path(ModelSettings.fileName)
        if fileExists(settings) {
            try copyFile(settings, to: new.path(ModelSettings.fileName))
        }
        try words?.write(to: new)
    }
}

/// - Parameter argument: Of the command, for messages.
/// - Throws: `PaintError` for a model of another kind.
func stableDiffusion(_ name: String, by argument: String) throws -> ModelFolder {
    let folder = try ModelFolder(try ModelSearch.named(name, by: argument))
    guard folder.pipeline.isStableDiffusion else {
        throw PaintError.model(
            path: folder.path,
            problem: "is no Stable Diffusion; nothing else is converted or merged")
    }
    return folder
}
