import FoundationEssentials
import PinxitImages

/// A request with the LoRAs it was painted with, as picture files carry it: the request's JSON with
/// a member `loras`. A request itself never has that member, so that none can name files.
struct CarriedRequest: Codable {
    let request: PaintRequest
    let loras: [UsedLoRA]

    private static let key = RequestKey("loras")

    init(request: PaintRequest, loras: [UsedLoRA]) {
        self.request = request
        self.loras = loras
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: RequestKey.self)
        loras = try values.decodeIfPresent([UsedLoRA].self, forKey: Self.key) ?? []
        request = try PaintRequest(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try request.encode(to: encoder)
        guard !loras.isEmpty else { return }
        var values = encoder.container(keyedBy: RequestKey.self)
        try values.encode(loras, forKey: Self.key)
    }

    /// - Throws: As `PaintRequest(json:)`.
    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.userInfo[PaintRequest.moreKeys] = [Self.key.stringValue]
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
