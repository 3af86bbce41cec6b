/// All options of a request. Those of one family of models are declared beside their fields, in
/// `DiffusionOptions.swift`, `TokenOptions.swift` and `GANOptions.swift`; those common to all here.
public enum RequestOptions {
    /// Every option, in the order in which help and pages show them.
    public static var all: [any DeclaredOption] { coded }

    static let coded = common + diffusion + tokens + gan

    private static let common: [any CodedOption] = [
        negativePrompt, guidanceScale, width, height, seed, precision,
    ]

    /// ``PaintRequest/negativePrompt``
    public static let negativePrompt = RequestOption(
        "negative prompt", \.givenNegativePrompt, short: "n", families: [.diffusion],
        help: "What the picture should not show.")

    /// ``PaintRequest/guidanceScale``
    public static let guidanceScale = RequestOption(
        "guidance scale", \.guidanceScale, flag: "cfg-scale", families: [.diffusion, .tokens],
        help: "How much the prompt is exaggerated; 1 is not at all (default: the model's).",
        bounds: .range(0...100))

    /// ``PaintRequest/width``
    public static let width = RequestOption(
        "width", \.width, short: "W", help: "In pixels (default: the model's).",
        bounds: .range(sides))

    /// ``PaintRequest/height``
    public static let height = RequestOption(
        "height", \.height, short: "H", help: "In pixels (default: the model's).",
        bounds: .range(sides))

    /// ``PaintRequest/seed``
    public static let seed = RequestOption(
        "seed", \.seed, short: "s",
        help: "0 to 4294967295, or -1 for chance (the default). Picture i has seed + i.")

    /// ``PaintRequest/precision``
    public static let precision = RequestOption(
        "precision", \.precision,
        help: "\(Precision.accepted) (default: bf16; f32 on processors without AVX2).")

    /// Widths and heights, in pixels, that a request may ask for.
    public static let sides = 1...4096

    /// Pixels by which a picture may be extended on a side.
    public static let margins = 0...4096

    /// Pictures that a request may ask for.
    public static let counts = 1...10_000
}

extension PaintRequest {
    /// The negative prompt where there is one.
    fileprivate var givenNegativePrompt: String? {
        get { negativePrompt.isEmpty ? nil : negativePrompt }
        set { negativePrompt = newValue ?? "" }
    }

    /// Refuses what no model accepts.
    public func check() throws(PaintError) {
        for option in RequestOptions.all where option.isGiven(in: self) { try option.check(self) }
        try source.check()
        for control in diffusion.controls { try control.check() }
        let count = source.count ?? count
        guard RequestOptions.counts.contains(count) else {
            throw .request(field: "count", problem: "\(count) is not from 1 to 10000")
        }
    }

    /// Refuses what is out of bounds, and the options that a family of models has no use for.
    package func check(for family: ModelFamily) throws(PaintError) {
        for option in RequestOptions.all where option.isGiven(in: self) {
            guard option.families.contains(family) else {
                throw .request(field: option.name, problem: "\(family.title) has no use for it")
            }
        }
        try check()
    }
}
