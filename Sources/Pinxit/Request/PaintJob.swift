import FoundationEssentials

/// A line of a batch: a request's JSON with two members more.
///
///     {"prompt": "a red apple", "steps": 20, "model": "pinxit-small"}
public struct PaintJob: Sendable, Equatable, Decodable {
    /// What to paint.
    public var request: PaintRequest
    /// `model`: the name or path of what paints it; nil is the batch's.
    public var model: String?

    private static let modelKey = RequestKey("model")

    /// - Throws: As a request.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: RequestKey.self)
        model = try values.decodeIfPresent(String.self, forKey: Self.modelKey)
        request = try PaintRequest(from: decoder)
    }

    /// Reads a line.
    ///
    /// - Throws: `PaintError.request` for a name that is unknown, or a value of another type.
    public init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.userInfo[PaintRequest.moreKeys] = [Self.modelKey.stringValue]
        do {
            self = try decoder.decode(PaintJob.self, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw PaintError.request(field: Self.field(error), problem: Self.problem(error))
        }
    }

    private static func context(_ error: DecodingError) -> DecodingError.Context? {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    private static func field(_ error: DecodingError) -> String {
        var path = context(error)?.codingPath.map(\.stringValue) ?? []
        if case .keyNotFound(let key, _) = error { path.append(key.stringValue) }
        return path.isEmpty ? "JSON" : path.joined(separator: ".")
    }

    private static func problem(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound: "is missing"
        case .typeMismatch(let type, _): "is of another type; \(type) is accepted"
        default: context(error)?.debugDescription ?? "\(error)"
        }
    }
}
