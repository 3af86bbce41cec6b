extension PictureFolder {
    /// How many pictures there are, and what is wrong, in a few lines.
    public var summary: String { summary(ofSplit: true) }

    /// The same for who learns from all pictures, unless they are split.
    package func summary(ofSplit isSplit: Bool) -> String {
        let held = isSplit && hasHeldOut ? chosen(.test).count : 0
        var lines = [
            "\(entries.count) pictures, \(entries.count - held) to learn from, \(held) held out"
        ]
        if isSplit, !hasHeldOut {
            lines.append(
                "too few pictures to hold any out: what is said of held-out ones is said of these")
        }
        let silent = entries.filter(\.captions.isEmpty).count
        if silent > 0 { lines.append("\(silent) pictures have no caption") }
        if !broken.isEmpty {
            lines.append("\(broken.count) broken files are left out:")
            lines += broken.prefix(Self.mostNamed).map { "  \($0)" }
            if broken.count > Self.mostNamed {
                lines.append("  and \(broken.count - Self.mostNamed) more")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Files that are named; the others are counted.
    static let mostNamed = 20
}
