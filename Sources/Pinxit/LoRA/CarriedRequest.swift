import FoundationEssentials
import PinxitImages

/// A request with the LoRAs, learnt words and other models' parts it was painted with, as picture
/// files carry it: the request's JSON with members `loras`, `embeddings` and `parts`. A request
/// itself never has those, so that none can name files.
struct CarriedRequest: Codable {
    let request: PaintRequest
    let loras: [UsedLoRA]
    let embeddings: [UsedEmbedding]
    let parts: UsedParts

    private static let lorasKey = RequestKey("loras")
    private static let embeddingsKey = RequestKey("embeddings")
    private static let partsKey = RequestKey("parts")

    init(_ resolved: ResolvedRequest) {
        request = resolved.request
        loras = resolved.loras
        embeddings = resolved.embeddings
        parts = resolved.parts
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: RequestKey.self)
        loras = try values.decodeIfPresent([UsedLoRA].self, forKey: Self.lorasKey) ?? []
        embeddings =
            try values.decodeIfPresent([UsedEmbedding].self, forKey: Self.embeddingsKey) ?? []
        parts = try values.decodeIfPresent(UsedParts.self, forKey: Self.partsKey) ?? .none
        request = try PaintRequest(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try request.encode(to: encoder)
        var values = encoder.container(keyedBy: RequestKey.self)
        if !loras.isEmpty { try values.encode(loras, forKey: Self.lorasKey) }
        if !embeddings.isEmpty { try values.encode(embeddings, forKey: Self.embeddingsKey) }
        if parts != .none { try values.encode(parts, forKey: Self.partsKey) }
    }

    /// - Throws: As `PaintRequest(json:)`.
    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.userInfo[PaintRequest.moreKeys] = [
            Self.lorasKey.stringValue, Self.embeddingsKey.stringValue,
            Self.partsKey.stringValue,
        ]
        self = try decoder.decode(CarriedRequest.self, from: Data(json.utf8))
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.userInfo[Picture.asDigest] = true
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
