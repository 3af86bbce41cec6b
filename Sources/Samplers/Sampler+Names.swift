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
        ([name, diffusersClass, title] + otherNames).map(Self.key)
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

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension String {
    /// How many characters must be put in, left out, replaced or exchanged with their neighbour to
    /// get from one to the other (Damerau 1964; optimal string alignment).
    func editDistance(to other: String) -> Int {
        let (a, b) = (Array(self), Array(other))
        // Row i, column j: from the first i characters to the other's first j.
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = Swift.min(
                    rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = Swift.min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
