import FoundationEssentials
import PinxitFiles

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
            throw PaintError.request(
                field: error.field, problem: Self.syntaxProblem(json) ?? error.told)
        }
    }

    /// Where a line is no JSON; nil where it is.
    private static func syntaxProblem(_ json: String) -> String? {
        do {
            _ = try JSONValue(parsing: json)
            return nil
        } catch {
            return "\(error); {\"prompt\": \"a red apple\"} is accepted"
        }
    }
}
