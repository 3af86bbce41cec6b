import PinxitImages

/// `{"kind": "variation", "picture": …, "amount": 0.5, "noise_level": 0}` and the like.
extension PaintSource: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, picture, strength, mask, pictures, weights, amount, prompts, frames
        case noiseLevel = "noise_level"
    }

    /// - Throws: `PaintError.request` for a name that the kind has not; `DecodingError` for a kind
    ///   that is unknown, or a picture that is no data.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func level() throws -> Int {
            try values.decodeIfPresent(Int.self, forKey: .noiseLevel) ?? 0
        }
        func strength() throws -> Double? {
            try values.decodeIfPresent(Double.self, forKey: .strength)
        }
        func amount() throws -> Double? {
            try values.decodeIfPresent(Double.self, forKey: .amount)
        }
        let kind = try values.decode(Kind.self, forKey: .kind)
        try decoder.container(keyedBy: RequestKey.self)
            .refuseUnknown(known: Self.keys(of: kind).map(\.stringValue), in: "source")
        switch kind {
        case .text: self = .text
        case .image:
            self = .image(
                try values.decode(Picture.self, forKey: .picture), strength: try strength())
        case .inpaint:
            self = .inpaint(
                try values.decode(Picture.self, forKey: .picture),
                try values.decode(Mask.self, forKey: .mask), strength: try strength())
        case .variation:
            self = .variation(
                try values.decode(Picture.self, forKey: .picture), noiseLevel: try level(),
                amount: try amount())
        case .blend:
            // Before any is decoded.
            let count = try values.nestedUnkeyedContainer(forKey: .pictures).count ?? 0
            guard count == 2 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .pictures, in: values,
                    debugDescription: "\(count) pictures; two are blended")
            }
            let pictures = try values.decode([Picture].self, forKey: .pictures)
            self = .blend(
                pictures[0], pictures[1],
                at: try values.decode([Double].self, forKey: .weights), noiseLevel: try level(),
                amount: try amount())
        case .interpolation:
            self = .interpolation(
                try values.decode([String].self, forKey: .prompts),
                frames: try values.decode(Int.self, forKey: .frames))
        }
    }

    private static func keys(of kind: Kind) -> [CodingKeys] {
        switch kind {
        case .text: [.kind]
        case .image: [.kind, .picture, .strength]
        case .inpaint: [.kind, .picture, .mask, .strength]
        case .variation: [.kind, .picture, .noiseLevel, .amount]
        case .blend: [.kind, .pictures, .weights, .noiseLevel, .amount]
        case .interpolation: [.kind, .prompts, .frames]
        }
    }

    /// The kind, and what belongs to it.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        switch self {
        case .text: break
        case .image(let picture, let strength):
            try values.encode(picture, forKey: .picture)
            try values.encodeIfPresent(strength, forKey: .strength)
        case .inpaint(let picture, let mask, let strength):
            try values.encode(picture, forKey: .picture)
            try values.encode(mask, forKey: .mask)
            try values.encodeIfPresent(strength, forKey: .strength)
        case .variation(let picture, let noiseLevel, let amount):
            try values.encode(picture, forKey: .picture)
            try values.encode(noiseLevel, forKey: .noiseLevel)
            try values.encodeIfPresent(amount, forKey: .amount)
        case .blend(let first, let second, let places, let noiseLevel, let amount):
            try values.encode([first, second], forKey: .pictures)
            try values.encode(places, forKey: .weights)
            try values.encode(noiseLevel, forKey: .noiseLevel)
            try values.encodeIfPresent(amount, forKey: .amount)
        case .interpolation(let prompts, let frames):
            try values.encode(prompts, forKey: .prompts)
            try values.encode(frames, forKey: .frames)
        }
    }
}
