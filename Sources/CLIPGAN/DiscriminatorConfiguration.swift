/// The sizes of a ``Discriminator``. It is needed for training only, so no model folder holds one.
public struct DiscriminatorConfiguration: Sendable, Equatable {
    /// Channels at the pictures' full side, half of it and so on.
    public var widths = [24, 48, 96, 192, 256]
    /// Numbers of the CLIP embedding of a text.
    public var textSize = 192
    /// The side of the pictures.
    public var pictureSize = 64
    /// Sides of the levels with self-attention.
    public var attentionSides = [16]
    /// Channels of an attention head.
    public var headSize = 32

    /// The sizes for 64x64 pictures and the project's own CLIP.
    public init() {}

    /// The side of the last level, where the text comes in.
    var lastSide: Int { pictureSize >> (widths.count - 1) }
}
