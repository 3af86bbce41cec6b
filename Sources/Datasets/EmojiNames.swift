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
        let bytes = Array(xml.utf8)
        var number = 1
        var lineStart = 0
        for i in 0...bytes.count where i == bytes.count || bytes[i] == UInt8(ascii: "\n") {
            let line = String(decoding: bytes[lineStart..<i], as: UTF8.self)
            try readLine(line, file: file, number: number)
            lineStart = i + 1
            number += 1
        }
    }

    private mutating func readLine(
        _ line: String, file: String, number: Int
    ) throws(DatasetError) {
        let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard text.hasPrefix("<annotation ") else { return }
        func wrong(_ reason: String) -> DatasetError {
            .badTable(file: file, line: number, reason: reason)
        }
        guard let open = text.firstIndex(of: ">"), let close = text.lastIndex(of: "<"),
            open < close, text[close...].hasPrefix("</annotation>")
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
            keywords[key] = content.split(separator: "|")
                .map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        }
    }

    /// Code points in hex joined by `_`, FE0F left out.
    static func key(_ codePoints: [UInt32]) -> String {
        codePoints.filter { $0 != 0xFE0F }.map { String($0, radix: 16) }.joined(separator: "_")
    }

    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard let range = tag.firstRange(of: " \(name)=\"") else { return nil }
        return tag[range.upperBound...].firstIndex(of: "\"")
            .map { unescaped(tag[range.upperBound..<$0]) }
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
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
