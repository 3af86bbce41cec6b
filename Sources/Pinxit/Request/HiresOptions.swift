import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion

/// A second pass over a larger picture ("hires fix"): the picture is painted at the size a model
/// knows, enlarged, and changed at the larger size as an image to image is. What is nil is the
/// usual.
public struct HiresOptions: Sendable, Equatable {
    /// How many times as wide and high the result is, above 1; nil is no second pass.
    public var scale: Double?
    /// How much of the way from noise the second pass takes again, above 0 to 1; nil is .7 where
    /// latents are enlarged, which leaves them blurred, and .4 where pictures are.
    public var strength: Double?
    /// The steps that the second pass takes its part of; nil is as many as the first, or where
    /// those are few, as many as leave that number.
    public var steps: Int?
    /// How the second pass takes its steps; nil is as the first.
    public var sampler: Sampler?
    /// What enlarges; nil is the painter's upscaler if it has one, else ``HiresUpscaler/lanczos``.
    public var upscaler: HiresUpscaler?

    /// Everything that is not given is the usual.
    public init(
        scale: Double? = nil, strength: Double? = nil, steps: Int? = nil, sampler: Sampler? = nil,
        upscaler: HiresUpscaler? = nil
    ) {
        self.scale = scale
        self.strength = strength
        self.steps = steps
        self.sampler = sampler
        self.upscaler = upscaler
    }

    /// The ``steps`` of which a second pass takes so many: other programs name these.
    ///
    /// - Parameter strength: Nil leaves them as they are.
    package static func steps(taking count: Int, strength: Double?) -> Int {
        guard let strength, strength > 0 else { return count }
        // Without what rounding has put on top.
        let steps = (Double(count) / min(strength, 1) - 1e-6).rounded(.up)
        return Int(min(max(steps, 1), 1000))
    }
}

/// What enlarges a picture between two passes.
public enum HiresUpscaler: String, Codable, Sendable, CaseIterable {
    /// The picture, by Lanczos' filter.
    case lanczos
    /// The picture, by the upscaler that the painter was given.
    case model
    /// The latents, as `torch.nn.functional.interpolate` does it.
    case latent
    case latentAntialiased = "latent-antialiased"
    case latentBicubic = "latent-bicubic"
    case latentBicubicAntialiased = "latent-bicubic-antialiased"
    case latentNearest = "latent-nearest"
    case latentNearestExact = "latent-nearest-exact"

    /// For the latents; nil where the picture is enlarged.
    var enlargement: LatentEnlargement? {
        switch self {
        case .lanczos, .model: nil
        case .latent: .bilinear
        case .latentAntialiased: .bilinearAntialiased
        case .latentBicubic: .bicubic
        case .latentBicubicAntialiased: .bicubicAntialiased
        case .latentNearest: .nearest
        case .latentNearestExact: .nearestExact
        }
    }

    /// As AUTOMATIC1111's web UI and those who read its picture texts call it.
    public var title: String {
        switch self {
        case .lanczos: "Lanczos"
        case .model: "Model"
        case .latent: "Latent"
        case .latentAntialiased: "Latent (antialiased)"
        case .latentBicubic: "Latent (bicubic)"
        case .latentBicubicAntialiased: "Latent (bicubic antialiased)"
        case .latentNearest: "Latent (nearest)"
        case .latentNearestExact: "Latent (nearest-exact)"
        }
    }
}

extension HiresUpscaler: RequestValue {
    /// Reads a name, or the title that others give it.
    public init?(text: String) {
        let text = text.lowercased()
        guard
            let found = Self.allCases.first(where: {
                $0.rawValue == text || $0.title.lowercased() == text
            })
        else { return nil }
        self = found
    }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension RequestOptions {
    static let hires: [any CodedOption] = [
        hiresScale, hiresStrength, hiresSteps, hiresSampler, hiresUpscaler,
    ]

    /// ``HiresOptions/scale``
    public static let hiresScale = RequestOption(
        "hires scale", \.diffusion.hires.scale, flag: "hires", families: [.diffusion],
        help: "Paint a second time at so many times the size, such as 2 (default: off).",
        bounds: .above(1, upTo: 8))

    /// ``HiresOptions/strength``
    public static let hiresStrength = RequestOption(
        "hires strength", \.diffusion.hires.strength, families: [.diffusion],
        help: "How much the second pass changes (default: 0.4; where latents are enlarged 0.7).",
        bounds: .above(0, upTo: 1))

    /// ``HiresOptions/steps``
    public static let hiresSteps = RequestOption(
        "hires steps", \.diffusion.hires.steps, families: [.diffusion],
        help: "Steps the second pass takes its part of (default: those of the first).",
        bounds: .range(1...100_000))

    /// ``HiresOptions/sampler``
    public static let hiresSampler = RequestOption(
        "hires sampler", \.diffusion.hires.sampler, families: [.diffusion],
        help: "How the second pass takes its steps (default: as the first).")

    /// ``HiresOptions/upscaler``
    public static let hiresUpscaler = RequestOption(
        "hires upscaler", \.diffusion.hires.upscaler, families: [.diffusion],
        help:
            "What enlarges between: \(HiresUpscaler.accepted) (default: the model given by --upscaler, or lanczos)."
    )
}

extension ResolvedRequest {
    /// Whether the painter's upscaler has a part in the pictures.
    var usesUpscaler: Bool {
        guard case .diffusion(let settings) = settings else { return false }
        return settings.hires?.upscaler == .model
    }
}

extension ResolvedRequest.Diffusion {
    /// A second pass, everything filled in.
    public struct Hires: Sendable, Equatable {
        /// What was asked for.
        public var scale: Double
        /// What is painted in the end, in pixels.
        public var size: PictureSize
        /// How much of the way from noise is taken again.
        public var strength: Double
        /// Of which a part is taken, as strength says.
        public var steps: Int
        /// How they are taken.
        public var sampler: Sampler
        /// What enlarges.
        public var upscaler: HiresUpscaler

        /// Asks for all of it.
        var asked: HiresOptions {
            HiresOptions(
                scale: scale, strength: strength, steps: steps, sampler: sampler,
                upscaler: upscaler)
        }
    }
}
