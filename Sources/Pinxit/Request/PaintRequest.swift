import PinxitImages

/// What to paint: the one schema of the library, the command line and everything above them.
///
///     var request = PaintRequest(prompt: "a red apple", seed: 7)
///     request.diffusion.steps = 30
///
/// What is nil is the model's choice, or chance for the seed. Every option is declared once, in
/// ``RequestOptions``, with its names, bounds and the models that have it; what a request says to a
/// model that has no use for it is an error, so that nothing is silently ignored.
public struct PaintRequest: Sendable, Equatable {
    /// What to paint. May be empty.
    public var prompt: String
    /// What was typed, where styles or wildcards made the prompt of it; pictures carry it.
    public var originalPrompt: String?
    /// What guidance leads away from. Empty is none, which SDXL's models may be given as zeros; one
    /// of blanks is encoded, as diffusers does with an empty one that is given.
    public var negativePrompt: String
    /// What the picture starts from beside the words.
    public var source: PaintSource
    /// In pixels; nil is the size the model was trained for.
    public var width: Int?
    /// In pixels; nil is the size the model was trained for.
    public var height: Int?
    /// How much the prompt is exaggerated (classifier-free guidance); 1 or less is not at all and
    /// twice as fast.
    public var guidanceScale: Double?
    /// Of the first picture; the next one has a seed one higher, so that each can be painted again
    /// alone.
    public var seed: UInt32?
    /// Pictures to paint. A source that says how many there are overrules it.
    public var count: Int
    /// The type networks compute in.
    public var precision: Precision?
    /// What only models that denoise step by step use.
    public var diffusion: DiffusionOptions
    /// What only models that draw tokens use.
    public var tokens: TokenOptions
    /// What only GANs use.
    public var gan: GANOptions

    /// Everything that is not given is the model's choice, and the seed chance's.
    public init(
        prompt: String, negativePrompt: String = "", source: PaintSource = .text,
        width: Int? = nil, height: Int? = nil, guidanceScale: Double? = nil, seed: UInt32? = nil,
        count: Int = 1, precision: Precision? = nil,
        diffusion: DiffusionOptions = DiffusionOptions(), tokens: TokenOptions = TokenOptions(),
        gan: GANOptions = GANOptions()
    ) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.source = source
        self.width = width
        self.height = height
        self.guidanceScale = guidanceScale
        self.seed = seed
        self.count = count
        self.precision = precision
        self.diffusion = diffusion
        self.tokens = tokens
        self.gan = gan
    }
}
