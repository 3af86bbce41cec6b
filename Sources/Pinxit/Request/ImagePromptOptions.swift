import PinxitImages

/// A picture beside the words, for a painter with an IP-Adapter. What is nil is the usual.
public struct ImagePromptOptions: Sendable, Equatable {
    /// What the paintings are to be like.
    public var picture: Picture?
    /// What the picture gives is multiplied by, 0 to 2; 1 is usual, 0.5 leaves more to the words.
    public var scale: Double?

    /// Nothing beside the words unless a picture is given.
    public init(picture: Picture? = nil, scale: Double? = nil) {
        (self.picture, self.scale) = (picture, scale)
    }
}

extension RequestOptions {
    static let imagePrompts: [any CodedOption] = [imagePrompt, imagePromptScale]

    /// ``ImagePromptOptions/picture``
    public static let imagePrompt = RequestOption(
        "image prompt", \.diffusion.imagePrompt.picture, families: [.diffusion],
        help: "A picture that the painting is to be like, by --ip-adapter.")

    /// ``ImagePromptOptions/scale``
    public static let imagePromptScale = RequestOption(
        "image prompt scale", \.diffusion.imagePrompt.scale, families: [.diffusion],
        help: "What that picture gives is multiplied by (default: 1).", bounds: .range(0...2))
}
