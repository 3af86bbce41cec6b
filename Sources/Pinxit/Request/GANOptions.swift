/// The part of a request that only GANs use. What is nil is the model's choice.
public struct GANOptions: Sendable, Equatable {
    /// What the noise is multiplied by, 0 to 2: less is more usual and less varied.
    public var truncation: Double?

    /// What is not given is the model's choice.
    public init(truncation: Double? = nil) { self.truncation = truncation }
}

extension RequestOptions {
    /// ``GANOptions/truncation``
    public static let truncation = RequestOption(
        "truncation", \.gan.truncation, families: [.gan],
        help: "A GAN's noise is multiplied by this: less is more usual, less varied.",
        bounds: .range(0...2))
}
