import FoundationEssentials
import PinxitImages

/// HTML as text. A literal is taken as it is; every string put into one is escaped, so that no
/// prompt or file name becomes markup.
///
///     let row: HTML = "<th scope=\"row\">\(prompt)</th>"
struct HTML: Sendable, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ value: HTML) { text += value.text }
        mutating func appendInterpolation(_ values: [HTML]) {
            text += values.map(\.text).joined(separator: "\n")
        }
    }

    /// Safe between tags and between double or single quotes. What HTML forbids is replaced.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A picture in the page itself, shown `side` wide and high.
    static func image(_ picture: Picture, alt: String, side: Int = 96) throws(ImageError) -> HTML {
        let data = try PNG.encode(picture, level: 9).base64EncodedString()
        return
            "<img src=\"data:image/png;base64,\(data)\" width=\"\(side)\" height=\"\(side)\" alt=\"\(alt)\">"
    }

    /// A prompt, marked as Chinese where it is.
    static func prompt(_ text: String) -> HTML {
        let isChinese = text.unicodeScalars.contains { (0x2E80..<0xFB00).contains($0.value) }
        return isChinese ? "<span lang=\"zh\">\(text)</span>" : "\(text)"
    }
}
