extension Collection<String> {
    /// The names most like one that is none of them, the likest first: what may have been meant.
    ///
    /// Those that differ in at most a third of their letters, case and punctuation aside; three at
    /// most, and none beside one that differs in nothing else.
    public func nearest(to name: String) -> [String] {
        func letters(_ name: String) -> String {
            name.lowercased().filter { $0.isLetter || $0.isNumber }
        }
        let wanted = letters(name)
        let limit = Swift.max(1, wanted.count / 3)
        let near = map { (name: $0, distance: wanted.editDistance(to: letters($0))) }
            .filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let same = near.first, same.distance == 0 { return [same.name] }
        return near.prefix(3).map(\.name)
    }
}

extension String {
    /// How many characters must be put in, left out, replaced or exchanged with their neighbour to
    /// get from one to the other (Damerau 1964; optimal string alignment).
    public func editDistance(to other: String) -> Int {
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
