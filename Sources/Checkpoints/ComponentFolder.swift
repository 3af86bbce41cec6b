import PinxitFiles
import PinxitTensors

/// One component of a diffusers model, such as `unet/` or `text_encoder/`: `config.json` beside
/// weights.
public struct ComponentFolder: Sendable {
    /// The folder's path as it was given.
    public let path: String
    /// The root of `config.json`, an object.
    public let config: JSONField

    /// - Throws: `CheckpointError` when `config.json` is missing or no JSON object.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        config = try JSONFile.read(path.path("config.json"))
        _ = try config.members()
    }

    /// What the component is called in its model: the folder's own name.
    public var name: String { path.lastPathPart }

    /// The path of the weights: `diffusion_pytorch_model.safetensors` or `model.safetensors`, or
    /// the index of their shards.
    ///
    /// - Parameter variant: the files of one variant only, such as `fp16`. Without it the files
    ///   without a variant, and the `fp16` ones where there are no others.
    /// - Throws: `CheckpointError` that lists the names looked for.
    public func weightsPath(variant: String? = nil) throws(CheckpointError) -> String {
        let variants = variant.map { [".\($0)"] } ?? ["", ".fp16"]
        let names = variants.flatMap { variant in
            ["diffusion_pytorch_model", "model"].flatMap { name in
                [
                    "\(name)\(variant).safetensors", "\(name).safetensors.index\(variant).json",
                    "\(name)\(variant).safetensors.index.json",
                ]
            }
        }
        guard let name = names.first(where: { fileExists(path.path($0)) }) else {
            let singles = names.filter { $0.hasSuffix(".safetensors") }
            throw CheckpointError(
                path: path,
                problem: "has no weights: \(singles.joined(separator: ", ")) or the index of "
                    + "their shards is accepted")
        }
        return path.path(name)
    }

    /// The weights by name; see `weightsPath(variant:)`.
    public func tensors(variant: String? = nil) throws(CheckpointError) -> [String: Tensor] {
        try Checkpoint.load(try weightsPath(variant: variant))
    }
}
