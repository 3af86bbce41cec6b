import PinxitFiles
import PinxitLayers

/// The sizes of a ``CLIPVisionModel``, with the keys of transformers' `config.json`.
public struct CLIPVisionConfiguration: Sendable, Equatable {
    /// Features of a patch's state.
    public var hiddenSize = 768
    /// Features inside the feed-forward nets.
    public var intermediateSize = 3072
    /// Transformer layers.
    public var layers = 12
    /// Attention heads; they divide the hidden size.
    public var heads = 12
    /// The side of the pictures it takes.
    public var imageSize = 224
    /// The side of the squares a picture is cut into.
    public var patchSize = 32
    /// Of the feed-forward nets.
    public var activation = Activation.quickGELU
    /// Of all norms, added to the variance.
    public var epsilon: Float = 1e-5

    /// The sizes of ViT-B/32 (Radford et al. 2021, table 20), transformers' defaults.
    public init() {}

    /// The number of squares a picture is cut into.
    public var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }

    /// Reads the `vision_config` of a whole CLIP. Defaults are transformers'.
    ///
    /// - Throws: `FileError` naming a field that is of another type or not supported.
    public init(_ json: JSONField) throws(FileError) {
        hiddenSize = try json["hidden_size"].size(or: 768)
        intermediateSize = try json["intermediate_size"].size(or: 3072, in: 1...65536)
        layers = try json["num_hidden_layers"].size(or: 12, in: 1...256)
        heads = try json["num_attention_heads"].size(or: 12)
        try json["num_channels"].require(3)  // pictures are RGB
        imageSize = try json["image_size"].size(or: 224, in: 1...4096)
        patchSize = try json["patch_size"].size(or: 32, in: 1...4096)
        activation = try Activation(json["hidden_act"], or: .quickGELU)
        epsilon = Float(try json["layer_norm_eps"].positive(or: 1e-5))
        try json["num_attention_heads"].requireHeads(heads, of: hiddenSize)
        guard patchSize <= imageSize else {
            throw json["patch_size"].unsupported(
                "\(patchSize)", ["at most image_size (\(imageSize))"])
        }
    }
}
