import PinxitFiles

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
        lines += bucketLines
        if !broken.isEmpty {
            lines.append("\(broken.count) broken files are left out:")
            lines += broken.prefix(Self.mostNamed).map { "  \($0)" }
            if broken.count > Self.mostNamed {
                lines.append("  and \(broken.count - Self.mostNamed) more")
            }
        }
        lines += otherLines
        return lines.joined(separator: "\n")
    }

    /// What is passed over may be pictures of a kind that is not read, or captions.
    private var otherLines: [String] {
        guard !otherFiles.isEmpty else { return [] }
        let kinds = otherFiles.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
            end, count in
            "\(count) " + (end.isEmpty ? "without an ending" : ".\(end)")
        }
        let named = kinds.prefix(Self.mostNamed).joined(separator: ", ").printable
        return ["other files, which are passed over: \(named)"]
    }

    /// How many pictures each bucket has, and how much is cut off to fit them.
    private var bucketLines: [String] {
        guard let buckets = framing.shapes(side: framing.size) else { return [] }
        var counts: [PictureShape: Int] = [:]
        var cut = 0.0
        for entry in entries {
            let shape = buckets.shape(width: entry.width, height: entry.height)
            counts[shape, default: 0] += 1
            let (one, other) = (entry.width * shape.height, entry.height * shape.width)
            cut += 1 - Double(min(one, other)) / Double(max(one, other))
        }
        let filled = buckets.shapes.compactMap { shape in
            counts[shape].map { "\(shape.width)x\(shape.height): \($0)" }
        }
        let share = Int((100 * cut / Double(max(entries.count, 1))).rounded())
        return [
            "pictures by bucket: \(filled.joined(separator: ", "))",
            "\(share) % of a picture is cut off on average",
        ]
    }

    /// Files that are named; the others are counted.
    static let mostNamed = 20
}
