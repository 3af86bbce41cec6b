import FoundationEssentials
import PinxitFiles
import PinxitTensors

/// One component of a model, such as its U-Net or its text encoder: the configuration and where the
/// weights are, in a folder of diffusers' layout or in a file that holds several components.
public struct Component: Sendable {
    /// What the component is called in its model, such as `unet`.
    public private(set) var name: String
    /// The root of the configuration, an object.
    public let config: JSONField
    private let source: Source

    private enum Source: Sendable {
        case folder(String)
        case tensors([String: Tensor], file: String)
    }

    /// A folder: `config.json` beside weights. Its own name is the component's.
    ///
    /// - Throws: `CheckpointError` when `config.json` is missing or no JSON object.
    public init(path: String) throws(CheckpointError) {
        name = path.lastPathPart
        source = .folder(path)
        config = try JSONFile.read(path.path("config.json"))
        _ = try config.members()
    }

    /// A component whose weights have been read already, under diffusers' names.
    ///
    /// - Parameter file: Where they come from, for messages.
    public init(name: String, config: JSONField, tensors: [String: Tensor], file: String) {
        self.name = name
        self.config = config
        source = .tensors(tensors, file: file)
    }

    /// The same under another name, such as that of the component whose place it takes.
    package func named(_ name: String) -> Component {
        var component = self
        component.name = name
        return component
    }

    /// Where the weights come from: the folder's file of them or the index of their shards; or the
    /// file that holds the component beside others.
    ///
    /// In a folder that is `diffusion_pytorch_model.safetensors` or `model.safetensors`, and where
    /// there is neither, torch's `diffusion_pytorch_model.bin` or `pytorch_model.bin`.
    /// - Parameter variant: the files of one variant only, such as `fp16`. Without it the files
    ///   without a variant, and the `fp16` ones where there are no others.
    /// - Throws: `CheckpointError` that lists the names looked for.
    public func weightsPath(variant: String? = nil) throws(CheckpointError) -> String {
        switch source {
        case .folder(let path): try Self.weightsPath(in: path, variant)
        case .tensors(_, let file): file
        }
    }

    private static func weightsPath(
        in path: String, _ variant: String?
    ) throws(CheckpointError) -> String {
        let variants = variant.map { [".\($0)"] } ?? ["", ".fp16"]
        let kinds = [
            ("safetensors", ["diffusion_pytorch_model", "model"]),
            ("bin", ["diffusion_pytorch_model", "pytorch_model"]),
        ]
        let names = variants.flatMap { variant in
            kinds.flatMap { kind, names in
                names.flatMap { name in
                    [
                        "\(name)\(variant).\(kind)", "\(name).\(kind).index\(variant).json",
                        "\(name)\(variant).\(kind).index.json",
                    ]
                }
            }
        }
        guard let name = names.first(where: { fileExists(path.path($0)) }) else {
            let singles = names.filter { !$0.hasSuffix(".json") }
            throw CheckpointError(
                path: path,
                problem: "has no weights: \(singles.joined(separator: ", ")) or the index of "
                    + "their shards is accepted")
        }
        return path.path(name)
    }

    /// The weights by name; see `weightsPath(variant:)`.
    public func tensors(variant: String? = nil) throws(CheckpointError) -> [String: Tensor] {
        switch source {
        case .folder: try Checkpoint.load(try weightsPath(variant: variant))
        case .tensors(let tensors, _): tensors
        }
    }

    /// Bytes of the weights as they are stored, about.
    public func byteCount(variant: String? = nil) throws(CheckpointError) -> Int {
        switch source {
        case .folder(let folder):
            let file = try weightsPath(variant: variant)
            guard file.hasSuffix(".json") else { return fileSize(file) ?? 0 }
            // "model.safetensors.index.fp16.json" has "model.fp16-00001-of-00002.safetensors".
            let name = file.lastPathPart
            let stem = name.prefix { $0 != "." }
            let ending = name.contains(".bin") ? ".bin" : ".safetensors"
            let isRounded = name.contains(".fp16")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let shards = names.filter {
                $0.hasPrefix(stem) && $0.hasSuffix(ending) && $0.contains("-of-")
                    && $0.contains(".fp16") == isRounded
            }
            return shards.reduce(0) { $0 + (fileSize(folder.path($1)) ?? 0) }
        case .tensors(let tensors, _):
            return tensors.values.reduce(0) { $0 + $1.byteCount }
        }
    }
}
