import PinxitSamplers
import PinxitTensors

/// What to paint: the one schema of the library, the command line and everything above them.
///
/// What is nil is the model's choice, or chance for the seed. As JSON its names are those of the
/// fields in snake case.
public struct PaintRequest: Sendable, Equatable {
    public var prompt: String
    /// What guidance leads away from.
    public var negativePrompt: String
    /// In pixels; nil is the size the model was trained for.
    public var width: Int?
    public var height: Int?
    public var steps: Int?
    /// How much the prompt is exaggerated (classifier-free guidance); 1 or less is not at all and
    /// twice as fast.
    public var guidanceScale: Double?
    /// Of the first picture; picture i has seed + i, so that each can be painted again alone.
    public var seed: UInt32?
    public var sampler: Sampler?
    public var count: Int
    public var precision: Precision?
    /// The part of the steps that is guided, within 0 to 1 (Kynkäänniemi et al. 2024); others cost half. Nil is all.
    public var guidanceInterval: ClosedRange<Double>?
    /// Evaluate the deep levels of the U-Net only every so many steps (DeepCache, Ma et al. 2023). Nil is always.
    public var deepCacheInterval: Int?
    /// The part of self-attention's tokens to merge at the largest maps, up to 0.75 (Bolya & Hoffman 2023). Nil is none.
    public var tokenMerging: Double?
    /// What only models that draw tokens use.
    public var tokens: TokenOptions?
    /// What a GAN's noise is multiplied by, 0 to 2: less is more usual and less varied. Nil is the model's choice.
    public var truncation: Double?

    public init(
        prompt: String, negativePrompt: String = "", width: Int? = nil, height: Int? = nil,
        steps: Int? = nil, guidanceScale: Double? = nil, seed: UInt32? = nil,
        sampler: Sampler? = nil, count: Int = 1, precision: Precision? = nil,
        guidanceInterval: ClosedRange<Double>? = nil, deepCacheInterval: Int? = nil,
        tokenMerging: Double? = nil,
        tokens: TokenOptions? = nil,
        truncation: Double? = nil
    ) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.width = width
        self.height = height
        self.steps = steps
        self.guidanceScale = guidanceScale
        self.seed = seed
        self.sampler = sampler
        self.count = count
        self.precision = precision
        self.guidanceInterval = guidanceInterval
        self.deepCacheInterval = deepCacheInterval
        self.tokenMerging = tokenMerging
        self.tokens = tokens
        self.truncation = truncation
    }

    /// The seed of a picture of the request, once the first one's is known.
    func seed(ofPicture index: Int) -> UInt32 { (seed ?? 0) &+ UInt32(truncatingIfNeeded: index) }
}

/// The type networks compute in.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case f32, bf16
    /// 8-bit products in the U-Net, everything else in the usual type: fastest, and not quite the same picture.
    case int8

    /// bf16; f32 on processors without AVX2.
    public static var usual: Precision { ElementType.compute == .bf16 ? .bf16 : .f32 }

    var type: ElementType {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: .compute
        }
    }
}

extension PaintRequest: Codable {
    enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case width, height, steps
        case guidanceScale = "guidance_scale"
        case seed, sampler, count, precision
        case guidanceInterval = "guidance_interval"
        case deepCacheInterval = "deep_cache_interval"
        case tokenMerging = "token_merging"
        case tokens
        case truncation
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            prompt: try values.decode(String.self, forKey: .prompt),
            negativePrompt: try values.decodeIfPresent(String.self, forKey: .negativePrompt) ?? "",
            width: try values.decodeIfPresent(Int.self, forKey: .width),
            height: try values.decodeIfPresent(Int.self, forKey: .height),
            steps: try values.decodeIfPresent(Int.self, forKey: .steps),
            guidanceScale: try values.decodeIfPresent(Double.self, forKey: .guidanceScale),
            seed: try values.decodeIfPresent(UInt32.self, forKey: .seed),
            sampler: try values.decodeIfPresent(Sampler.self, forKey: .sampler),
            count: try values.decodeIfPresent(Int.self, forKey: .count) ?? 1,
            precision: try values.decodeIfPresent(Precision.self, forKey: .precision),
            guidanceInterval: try values.decodeIfPresent(
                ClosedRange<Double>.self, forKey: .guidanceInterval),
            deepCacheInterval: try values.decodeIfPresent(Int.self, forKey: .deepCacheInterval),
            tokenMerging: try values.decodeIfPresent(Double.self, forKey: .tokenMerging),
            tokens: try values.decodeIfPresent(TokenOptions.self, forKey: .tokens),
            truncation: try values.decodeIfPresent(Double.self, forKey: .truncation))
    }
}
