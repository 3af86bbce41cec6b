import PinxitFiles

extension Sampler {
    /// The sampler of a name as people write it: ours, the diffusers class, AUTOMATIC1111's title.
    ///
    /// Only letters, digits and plus signs count, in either case.
    public init?(name: String) {
        let key = Self.key(name)
        guard let found = Self.allCases.first(where: { $0.keys.contains(key) }) else { return nil }
        self = found
    }

    /// The names to list in help and errors.
    public static var accepted: String { allCases.map(\.name).joined(separator: ", ") }

    /// The samplers an unknown name may have meant, the likeliest first; none if none is similar.
    ///
    /// Similar is what differs from one of a sampler's names in at most a third of the letters (in
    /// one of few), or goes on where the other ends ("DPM++ 2M Karras").
    public static func nearest(to name: String) -> [Sampler] {
        let key = key(name)
        guard !key.isEmpty else { return [] }
        func distance(_ known: String) -> Int {
            if known.hasPrefix(key) || key.hasPrefix(known) { return 1 }
            return key.editDistance(to: known)
        }
        let near = allCases.map { ($0, $0.keys.map(distance).min() ?? .max) }
            .filter { $0.1 <= Swift.max(1, key.count / 3) }
        return near.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// All its names as they are compared.
    private var keys: [String] {
        ([name, title] + otherNames + (diffusersClass.map { [$0] } ?? [])).map(Self.key)
    }

    private static func key(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "+" }
    }
}

extension Sampler: Codable {
    /// - Throws: `DecodingError` naming what is accepted if no listed sampler has the name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let sampler = Sampler(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "sampler \(name): one of \(Self.accepted) is accepted")
        }
        self = sampler
    }

    /// Its ``name``, a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
