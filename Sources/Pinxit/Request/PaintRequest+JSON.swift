import FoundationEssentials
import PinxitFiles
import PinxitImages

typealias RequestContainer = KeyedEncodingContainer<RequestKey>

/// A key of a request in JSON.
struct RequestKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let prompt = RequestKey("prompt")
    static let originalPrompt = RequestKey("original_prompt")
    static let source = RequestKey("source")
    static let count = RequestKey("count")
}

/// In JSON the names are the options' own, in snake case; those of a group are in an object of its
/// name. A name that is unknown is an error that says which may have been meant.
extension PaintRequest: Codable {
    private static let codedOptions = RequestOptions.coded
    private static let groups = Set(codedOptions.compactMap(\.group)).sorted()

    /// Names that a decoder's user information allows beside the request's own.
    static var moreKeys: CodingUserInfoKey { CodingUserInfoKey(rawValue: "pinxit.moreKeys")! }

    private static func keys(of group: String?) -> [String] {
        codedOptions.filter { $0.group == group }.map(\.key)
    }

    /// - Throws: `PaintError.request` for a name that is unknown; `DecodingError` for a value of
    ///   another type.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: RequestKey.self)
        try values.refuseUnknown(
            known: Self.keys(of: nil) + ["prompt", "original_prompt", "source", "count"]
                + Self.groups
                + (decoder.userInfo[Self.moreKeys] as? [String] ?? []))
        self.init(prompt: try values.decode(String.self, forKey: .prompt))
        originalPrompt = try values.decodeIfPresent(String.self, forKey: .originalPrompt)
        count = try values.decodeIfPresent(Int.self, forKey: .count) ?? 1
        source = try values.decodeIfPresent(PaintSource.self, forKey: .source) ?? .text
        for option in Self.codedOptions where option.group == nil {
            try option.decode(values, into: &self)
        }
        for group in Self.groups where values.contains(RequestKey(group)) {
            let members = try values.nestedContainer(
                keyedBy: RequestKey.self, forKey: RequestKey(group))
            try members.refuseUnknown(known: Self.keys(of: group), in: group)
            for option in Self.codedOptions where option.group == group {
                try option.decode(members, into: &self)
            }
        }
    }

    /// What is nil is left out.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: RequestKey.self)
        try values.encode(prompt, forKey: .prompt)
        try values.encodeIfPresent(originalPrompt, forKey: .originalPrompt)
        try values.encode(negativePrompt, forKey: RequestKey(RequestOptions.negativePrompt.key))
        try values.encode(count, forKey: .count)
        if source != .text { try values.encode(source, forKey: .source) }
        for option in Self.codedOptions where option.group == nil {
            try option.encode(self, to: &values)
        }
        for group in Self.groups {
            let options = Self.codedOptions.filter { $0.group == group && $0.isGiven(in: self) }
            guard !options.isEmpty else { continue }
            var members = values.nestedContainer(
                keyedBy: RequestKey.self, forKey: RequestKey(group))
            for option in options { try option.encode(self, to: &members) }
        }
    }

    /// The request as JSON with sorted keys.
    ///
    /// - Parameter picturesAsDigests: Whether pictures are only named by the digest of their
    ///   pixels, as in the settings that a painted picture carries.
    public func json(picturesAsDigests: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo[Picture.asDigest] = picturesAsDigests
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads what ``json(picturesAsDigests:)`` wrote, or anybody else.
    ///
    /// - Throws: `PaintError.request` for a name that is unknown; `DecodingError` for a value of
    ///   another type.
    public init(json: String) throws {
        self = try JSONDecoder().decode(PaintRequest.self, from: Data(json.utf8))
    }
}

extension KeyedDecodingContainer<RequestKey> {
    /// Refuses names other than the known ones.
    ///
    /// - Parameter group: The object that is looked at; nil for the request itself.
    func refuseUnknown(known: [String], in group: String? = nil) throws(PaintError) {
        let unknown = allKeys.map(\.stringValue).filter { !known.contains($0) }.sorted()
        guard let name = unknown.first else { return }
        let near = known.nearest(to: name)
        throw .request(
            field: group.map { "\($0).\(name)" } ?? name,
            problem: near.isEmpty
                ? "is unknown; \(known.sorted().joined(separator: ", ")) are accepted"
                : "is unknown; is \(near.joined(separator: " or ")) meant?")
    }
}

/// An option as JSON reads and writes it, and as one request has it from another.
protocol CodedOption: DeclaredOption {
    func encode(_ request: PaintRequest, to container: inout RequestContainer) throws
    func copy(from other: PaintRequest, to request: inout PaintRequest)
    func decode(
        _ container: KeyedDecodingContainer<RequestKey>, into request: inout PaintRequest) throws
}
