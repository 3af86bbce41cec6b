extension Collection<String> {
    /// The names most like one that is none of them, the likest first: what may have been meant.
    ///
    /// Those that take at most a third of its letters to be changed (Levenshtein 1966), cases and
    /// punctuation aside; at most three.
    public func nearest(to name: String) -> [String] {
        let wanted = letters(name)
        let limit = Swift.max(1, wanted.count / 3)
        return map { (name: $0, distance: edits(wanted, letters($0))) }
            .filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(3).map(\.name)
    }

    private func letters(_ name: String) -> [Character] {
        name.lowercased().filter { $0.isLetter || $0.isNumber }.map { $0 }
    }
}

/// Insertions, deletions and substitutions that lead from one word to another.
private func edits(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in b.enumerated() {
            let best = min(row[j], row[j + 1]) + 1
            (diagonal, row[j + 1]) = (row[j + 1], min(best, diagonal + (letter == other ? 0 : 1)))
        }
    }
    return row[b.count]
}
