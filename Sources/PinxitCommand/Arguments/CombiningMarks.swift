extension String {
    /// The same text with the marks of every long run in canonical order (Unicode Standard Annex
    /// 15: a stable sort by combining class).
    ///
    /// Swift's own sort, at every comparison of such texts, takes a time that grows with the square
    /// of the run's length: seconds for what somebody may paste. Runs up to 30 marks, the most that
    /// the annex' Stream-Safe Text Format has, stay as they are.
    var withMarksInOrder: String {
        var scalars = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        func sorted() -> [Unicode.Scalar] {
            guard run.count > 30 else { return run }
            let keys = run.enumerated().map {
                (Int($1.properties.canonicalCombiningClass.rawValue), $0)
            }
            return keys.sorted(by: <).map { run[$0.1] }
        }
        for scalar in unicodeScalars {
            if scalar.value >= 0x300, scalar.properties.canonicalCombiningClass != .notReordered {
                run.append(scalar)
            } else {
                scalars += sorted()
                run.removeAll(keepingCapacity: true)
                scalars.append(scalar)
            }
        }
        scalars += sorted()
        return String(scalars)
    }
}
