/// The part of a request that only GANs use. What is nil is the model's choice.
public struct GANOptions: Sendable, Equatable {
    /// What the noise is multiplied by, 0 to 2: less is more usual and less varied.
    public var truncation: Double?

    /// What is not given is the model's choice.
    public init(truncation: Double? = nil) { self.truncation = truncation }
}

extension RequestOptions {
    static let gan: [any CodedOption] = [truncation]

    /// ``GANOptions/truncation``
    public static let truncation = RequestOption(
        "truncation", \.gan.truncation, families: [.gan],
        help: "A GAN's noise is multiplied by this: less is more usual, less varied.",
        bounds: .range(0...2))
}

extension ResolvedRequest {
    /// The settings of a GAN; see ``GANOptions``.
    public struct GAN: Sendable, Equatable {
        /// What the noise is multiplied by.
        public var truncation: Double

        /// What a request asks for; otherwise most of the variety, few of the failures.
        package init(_ request: PaintRequest) { truncation = request.gan.truncation ?? 0.8 }

        /// Asks for all of it.
        func ask(_ request: inout PaintRequest) {
            request.gan = GANOptions(truncation: truncation)
        }
    }
}
