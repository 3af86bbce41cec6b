import PinxitStableDiffusion

/// What SDXL is told of a picture beside its text (Podell et al. 2023, arXiv 2307.01952, section
/// 2.2). What is nil is the usual: the sizes of what is painted, cut nowhere, a score of 6; and for
/// what guidance leads away from the same, with a score of 2.5, and cut nowhere where both its
/// sizes are given.
public struct PictureConditions: Sendable, Equatable {
    /// The size of the picture a training picture was made from; larger is sharper.
    public var originalSize: PictureSize?
    /// Where it was cut.
    public var crop: PicturePlace?
    /// The size of what is painted.
    public var targetSize: PictureSize?
    /// As ``originalSize``, of what guidance leads away from.
    public var negativeOriginalSize: PictureSize?
    /// As ``crop``, of what guidance leads away from.
    public var negativeCrop: PicturePlace?
    /// As ``targetSize``, of what guidance leads away from.
    public var negativeTargetSize: PictureSize?
    /// How well people would like the picture, 0 to 10; only refiners are told.
    public var aestheticScore: Double?
    /// The same of what guidance leads away from.
    public var negativeAestheticScore: Double?

    /// Everything that is not given is the usual.
    public init(
        originalSize: PictureSize? = nil, crop: PicturePlace? = nil, targetSize: PictureSize? = nil,
        negativeOriginalSize: PictureSize? = nil, negativeCrop: PicturePlace? = nil,
        negativeTargetSize: PictureSize? = nil, aestheticScore: Double? = nil,
        negativeAestheticScore: Double? = nil
    ) {
        self.originalSize = originalSize
        self.crop = crop
        self.targetSize = targetSize
        self.negativeOriginalSize = negativeOriginalSize
        self.negativeCrop = negativeCrop
        self.negativeTargetSize = negativeTargetSize
        self.aestheticScore = aestheticScore
        self.negativeAestheticScore = negativeAestheticScore
    }
}

extension RequestOptions {
    static let conditions: [any CodedOption] = [
        originalSize, crop, targetSize, negativeOriginalSize, negativeCrop, negativeTargetSize,
        aestheticScore, negativeAestheticScore,
    ]

    /// ``PictureConditions/originalSize``
    public static let originalSize = RequestOption(
        "original size", \.diffusion.conditions.originalSize, group: "conditions",
        families: [.diffusion],
        help:
            "WIDTHxHEIGHT that SDXL takes the picture to come from (default: that which is painted).",
        bounds: .sizes)

    /// ``PictureConditions/crop``
    public static let crop = RequestOption(
        "crop", \.diffusion.conditions.crop, group: "conditions", families: [.diffusion],
        help: "LEFT,TOP at which SDXL takes the picture to be cut (default: 0,0).",
        bounds: .places)

    /// ``PictureConditions/targetSize``
    public static let targetSize = RequestOption(
        "target size", \.diffusion.conditions.targetSize, group: "conditions",
        families: [.diffusion],
        help: "WIDTHxHEIGHT that SDXL takes it to have (default: that which is painted).",
        bounds: .sizes)

    /// ``PictureConditions/negativeOriginalSize``
    public static let negativeOriginalSize = RequestOption(
        "negative original size", \.diffusion.conditions.negativeOriginalSize,
        group: "conditions", families: [.diffusion],
        help: "The original size that guidance leads away from.", bounds: .sizes)

    /// ``PictureConditions/negativeCrop``
    public static let negativeCrop = RequestOption(
        "negative crop", \.diffusion.conditions.negativeCrop, group: "conditions",
        families: [.diffusion], help: "The cut that guidance leads away from.",
        bounds: .places)

    /// ``PictureConditions/negativeTargetSize``
    public static let negativeTargetSize = RequestOption(
        "negative target size", \.diffusion.conditions.negativeTargetSize, group: "conditions",
        families: [.diffusion], help: "The target size that guidance leads away from.",
        bounds: .sizes)

    /// ``PictureConditions/aestheticScore``
    public static let aestheticScore = RequestOption(
        "aesthetic score", \.diffusion.conditions.aestheticScore, group: "conditions",
        families: [.diffusion],
        help: "How well people would like it, told to SDXL refiners (default: 6).",
        bounds: .range(0...10))

    /// ``PictureConditions/negativeAestheticScore``
    public static let negativeAestheticScore = RequestOption(
        "negative aesthetic score", \.diffusion.conditions.negativeAestheticScore,
        group: "conditions", families: [.diffusion],
        help: "The score that guidance leads away from (default: 2.5).", bounds: .range(0...10))
}

extension PictureConditions {
    /// Whether anything is asked for.
    var isEmpty: Bool { self == PictureConditions() }
}

extension ResolvedRequest.Diffusion {
    /// What SDXL is told, everything filled in.
    public struct Conditions: Sendable, Equatable {
        /// What was asked for.
        public var asked: PictureConditions
        /// The size of what is painted.
        public var size: PictureSize

        /// As the U-Net takes it: of the picture, and of what guidance leads away from.
        var told: (own: MicroConditions, negative: MicroConditions) {
            let own = MicroConditions(
                originalSize: pair(asked.originalSize ?? size), crop: pair(asked.crop),
                targetSize: pair(asked.targetSize ?? size),
                aestheticScore: asked.aestheticScore ?? 6)
            // diffusers has negative sizes cut nowhere where that is not said.
            let isOther = asked.negativeOriginalSize != nil && asked.negativeTargetSize != nil
            let negative = MicroConditions(
                originalSize: pair(asked.negativeOriginalSize ?? asked.originalSize ?? size),
                crop: pair(asked.negativeCrop ?? (isOther ? nil : asked.crop)),
                targetSize: pair(asked.negativeTargetSize ?? asked.targetSize ?? size),
                aestheticScore: asked.negativeAestheticScore ?? 2.5)
            return (own, negative)
        }

        private func pair(_ size: PictureSize) -> (height: Int, width: Int) {
            (size.height, size.width)
        }

        private func pair(_ place: PicturePlace?) -> (top: Int, left: Int) {
            (place?.top ?? 0, place?.left ?? 0)
        }
    }
}
