import PinxitFiles

extension Sampler {
    /// The sampler of a name as people write it, in whatever program; see ``SamplerName``. None of
    /// a name that says something of the schedule too.
    ///
    /// Only letters, digits and plus signs count, in either case.
    public init?(name: String) {
        let said = SamplerName(name)
        guard let sampler = said.sampler, said.schedule == .unsaid else { return nil }
        self = sampler
    }

    /// By the very letters of one of its names.
    init?(key: String) {
        guard let found = Self.allCases.first(where: { $0.keys.contains(key) }) else { return nil }
        self = found
    }

    /// The names to list in help and errors.
    public static var accepted: String { allCases.map(\.name).joined(separator: ", ") }

    /// The samplers an unknown name may have meant, the likeliest first; none if none is similar.
    ///
    /// Similar is what differs from one of a sampler's names in at most a third of the letters (in
    /// one of few), or goes on where the other ends ("DPM++ 2M CFG++").
    public static func nearest(to name: String) -> [Sampler] {
        let key = key(String(name.prefix(80)))
        guard !key.isEmpty else { return [] }
        func distance(_ known: String) -> Int {
            if known.hasPrefix(key) || key.hasPrefix(known) { return 1 }
            return key.editDistance(to: known)
        }
        let near = allCases.map { ($0, $0.keys.map(distance).min() ?? .max) }
            .filter { $0.1 <= Swift.max(1, key.count / 3) }
        return near.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// Why a name is not accepted, and which may be meant.
    public static func refusal(of name: String) -> String {
        let said = SamplerName(name)
        let shown = name.prefix(80)
        if let sampler = said.sampler {
            let curve = said.schedule.curve.map { ", schedule \($0.rawValue)" } ?? ""
            let spacing = said.schedule.spacing.map { ", spacing \($0.rawValue)" } ?? ""
            return "\(shown) is two settings: sampler \(sampler)\(curve)\(spacing)"
        }
        let near = nearest(to: name).prefix(3).map(\.name)
        let asked = near.isEmpty ? "" : "is \(near.joined(separator: " or ")) meant? "
        return "\(shown): \(asked)one of \(accepted) is accepted"
    }

    /// All its names as they are compared.
    private var keys: [String] {
        ([name, title] + otherNames + (diffusersClass.map { [$0] } ?? [])).map { Self.key($0) }
    }

    /// The letters of a name that count.
    public static func key(of name: String) -> String { key(String(name.prefix(80))) }

    static func key(_ name: String) -> String {
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
                in: container, debugDescription: Self.refusal(of: name))
        }
        self = sampler
    }

    /// Its ``name``, a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
