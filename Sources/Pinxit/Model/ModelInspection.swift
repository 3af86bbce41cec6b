import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// What is in a model's files, all of which are read whole.
public struct ModelInspection: Sendable {
    /// A component.
    public struct Part: Sendable {
        /// Such as `unet`.
        public let name: String
        /// The numbers in its tensors.
        public let parameters: Int
        /// How many tensors those are in.
        public let tensors: Int
    }

    /// A file of weights.
    public struct File: Sendable {
        /// As it was found.
        public let path: String
        /// Its size.
        public let bytes: Int
        /// How many of its tensors are stored in each type, such as `F16` or `Q8_0`.
        public let types: [String: Int]
        /// Of the whole file, in hexadecimal.
        public let sha256: String
    }

    /// The model's name.
    public let name: String
    /// Its folder or file.
    public let path: String
    /// What kind of model it is, in words.
    public let kind: String
    /// What the network of a latent diffusion model predicts, as diffusers calls it.
    public let prediction: String?
    /// The side of its usual pictures in pixels.
    public let side: Int?
    /// Its components.
    public let parts: [Part]
    /// The files of its weights.
    public let files: [File]
    /// Tensors that belong to no component.
    public let unused: [String]
    /// Tensors that hold a number which is not finite.
    public let nonFinite: [String]

    /// - Throws: `PaintError` or `FileError` for what is wrong.
    public init(_ path: String) async throws {
        let folder = try ModelFolder(path)
        let facts = try ModelFacts(folder)
        (name, self.path, side) = (folder.name, path, facts.side)
        let components = try await Engine.run { try Self.components(folder, facts) }
        kind = folder.file?.title ?? folder.pipeline.title
        prediction =
            folder.pipeline.isStableDiffusion
            ? try await Engine.run { try folder.source.scheduler().prediction.rawValue } : nil
        parts = components.map { name, tensors in
            Part(
                name: name, parameters: tensors.values.reduce(0) { $0 + $1.count },
                tensors: tensors.count)
        }
        nonFinite = await Engine.run {
            components.flatMap { name, tensors in
                tensors.filter { $0.value.type.isFloatingPoint && $0.value.firstNonFinite != nil }
                    .map { "\(name).\($0.key)" }
            }.sorted()
        }
        unused = folder.file?.unusedKeys ?? []
        var files: [File] = []
        for weights in facts.weights {
            let entries = try CheckpointFile(path: weights).entries.values
            files.append(
                File(
                    path: weights, bytes: fileSize(weights) ?? 0,
                    types: Dictionary(entries.map { ($0.type, 1) }, uniquingKeysWith: +),
                    sha256: try MappedFile(path: weights).withBytes { SHA256.hex($0) }))
        }
        self.files = files
    }

    private static func components(
        _ folder: ModelFolder, _ facts: ModelFacts
    ) throws -> [(String, [String: Tensor])] {
        guard let file = folder.file else {
            return try facts.weights.map { ($0.parentPath.lastPathPart, try Checkpoint.load($0)) }
        }
        let names = ["unet", "vae", "text_encoder", "text_encoder_2"].filter(file.has)
        return try names.map { ($0, try file.component($0).tensors()) }
    }
}
