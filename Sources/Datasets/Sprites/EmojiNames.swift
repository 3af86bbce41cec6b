/// CLDR's annotations of one language: the short name and the keywords of each emoji.
///
/// A small strict scanner for the one element the files repeat:
/// `<annotation cp="🐱" type="tts">cat face</annotation>` is the name, without `type` it holds
/// the keywords, separated by ` | `.
struct Annotations {
    /// By code points in hex joined by `_`.
    private(set) var names: [String: String] = [:]
    private(set) var keywords: [String: [String]] = [:]

    mutating func read(_ xml: String, file: String) throws(DatasetError) {
        let lines = xml.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var isComment = false
        for (number, line) in lines.enumerated() {
            var line = Substring(line).unicodeScalars
            // The comments of these files span whole lines.
            if !isComment, let start = line.firstRange(of: "<!--".unicodeScalars) {
                isComment = line[start.upperBound...].firstRange(of: "-->".unicodeScalars) == nil
                line = line[..<start.lowerBound]
            } else if isComment {
                isComment = line.firstRange(of: "-->".unicodeScalars) == nil
                continue
            }
            try readLine(line, file: file, number: number + 1)
        }
    }

    // By scalars, not characters: a skin tone would join the quotation mark before it.
    private mutating func readLine(
        _ line: Substring.UnicodeScalarView, file: String, number: Int
    ) throws(DatasetError) {
        let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard text.starts(with: "<annotation ".unicodeScalars) else { return }
        func wrong(_ reason: String) -> DatasetError {
            .badTable(file: file, line: number, reason: reason)
        }
        guard let open = text.firstIndex(of: ">"), let close = text.lastIndex(of: "<"),
            open < close, text[close...].starts(with: "</annotation>".unicodeScalars)
        else { throw wrong("an annotation must begin and end on one line") }
        let tag = text[..<open]
        guard let points = Self.attribute("cp", in: tag), !points.isEmpty else {
            throw wrong("an annotation without cp")
        }
        let content = Self.unescaped(text[text.index(after: open)..<close])
        let key = Self.key(points.unicodeScalars.map(\.value))
        if Self.attribute("type", in: tag) == "tts" {
            names[key] = content
        } else {
            keywords[key] = content.split(separator: "|").map { word in
                let end = word.lastIndex { $0 != " " } ?? word.startIndex
                return String(word[...end].drop { $0 == " " })
            }
        }
    }

    /// Code points in hex joined by `_`, FE0F left out.
    static func key(_ codePoints: [UInt32]) -> String {
        codePoints.filter { $0 != 0xFE0F }.map { String($0, radix: 16) }.joined(separator: "_")
    }

    private static func attribute(
        _ name: String, in tag: Substring.UnicodeScalarView
    ) -> String? {
        guard let range = tag.firstRange(of: " \(name)=\"".unicodeScalars) else { return nil }
        return tag[range.upperBound...].firstIndex(of: "\"")
            .map { unescaped(tag[range.upperBound..<$0]) }
    }

    private static func unescaped(_ scalars: Substring.UnicodeScalarView) -> String {
        let text = String(scalars)
        guard text.contains("&") else { return text }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

/// Unicode's list of emoji: `1F600 ; fully-qualified # 😀 E1.0 grinning face`.
enum EmojiTest {
    /// The keys (without FE0F) of all fully qualified emoji.
    static func keys(_ text: String, file: String) throws(DatasetError) -> Set<String> {
        var keys: Set<String> = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        where line.contains("; fully-qualified") {
            let points = line.prefix { $0 != ";" }.split(separator: " ").map {
                UInt32($0, radix: 16)
            }
            guard !points.isEmpty, !points.contains(nil) else {
                throw .badTable(file: file, line: number + 1, reason: "no code points before \";\"")
            }
            keys.insert(Annotations.key(points.map { $0! }))
        }
        return keys
    }
}
