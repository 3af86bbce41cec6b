import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// What is in a model's files, all of which are read whole: of a folder or a single file, or of a
/// file with a part of one, a LoRA or a learnt word.
public struct ModelInspection: Sendable {
    /// What can be told of a file that is no whole model.
    public struct Detail: Sendable {
        /// Such as `rank`.
        public let name: String
        /// In words.
        public let text: String

        init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
    }

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
    /// Whether it can be painted with by itself.
    public let isModel: Bool
    /// What else there is to tell, of a file that is no whole model.
    public let details: [Detail]
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
        if fileSize(path) != nil || PartFile.isControl(folder: path),
            let part = try await Engine.run({ try PartFile(path) })
        {
            self = try await Self(part, path)
            return
        }
        (details, isModel) = ([], true)
        let folder = try ModelFolder(path)
        let facts = try ModelFacts(folder)
        (name, self.path, side) = (folder.name, path, facts.side)
        let components = try await Engine.run { try Self.components(folder, facts) }
        kind = folder.file?.title ?? folder.pipeline.title
        prediction =
            folder.pipeline.isStableDiffusion
            ? try await Engine.run { try folder.source.scheduler().prediction.rawValue } : nil
        parts = Self.parts(components)
        nonFinite = await Engine.run { Self.nonFinite(components) }
        unused = folder.file?.unusedKeys ?? []
        files = try facts.weights.map { try File($0) }
    }

    private init(_ part: PartFile, _ path: String) async throws {
        (name, self.path, kind) = (path.lastPathPart.withoutExtension, path, part.kind)
        (details, prediction, side, unused) = (part.details, nil, nil, [])
        isModel = false
        parts = Self.parts(part.tensors)
        nonFinite = await Engine.run { Self.nonFinite(part.tensors) }
        files = [try File(part.weights)]
    }

    private static func parts(_ components: [(String, [String: Tensor])]) -> [Part] {
        components.map { name, tensors in
            Part(
                name: name, parameters: tensors.values.reduce(0) { $0 + $1.count },
                tensors: tensors.count)
        }
    }

    private static func nonFinite(_ components: [(String, [String: Tensor])]) -> [String] {
        components.flatMap { name, tensors in
            tensors.filter { _, tensor in
                defer { tensor.storage.dropPages() }
                return tensor.type.isFloatingPoint && tensor.firstNonFinite != nil
            }.map { "\(name).\($0.key)" }
        }.sorted()
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

extension ModelInspection.File {
    fileprivate init(_ path: String) throws(FileError) {
        let entries = try CheckpointFile(path: path).entries.values
        self.init(
            path: path, bytes: fileSize(path) ?? 0,
            types: Dictionary(entries.map { ($0.type, 1) }, uniquingKeysWith: +),
            sha256: try MappedFile(path: path).withBytes { SHA256.hex($0) })
    }
}
