/// HTML as text. A literal is taken as it is; every string put into one is escaped, so that no
/// prompt or file name becomes markup.
///
///     let row: HTML = "<th scope=\"row\">\(prompt)</th>"
package struct HTML: Sendable, ExpressibleByStringInterpolation {
    package let text: String

    package init(stringLiteral value: String) { text = value }
    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
        package mutating func appendInterpolation(_ value: Int) { text += String(value) }
        package mutating func appendInterpolation(_ value: HTML) { text += value.text }
        package mutating func appendInterpolation(_ values: [HTML]) {
            text += values.map(\.text).joined(separator: "\n")
        }
    }

    /// Safe between tags and between double or single quotes. What HTML forbids is replaced.
    package static func escaped(_ text: String) -> String {
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

    /// A prompt, marked as Chinese where it is.
    package static func prompt(_ text: String) -> HTML {
        isChinese(text) ? "<span lang=\"zh\">\(text)</span>" : "\(text)"
    }

    /// Whether a text has characters of Chinese.
    package static func isChinese(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x2E80..<0xFB00).contains($0.value) }
    }
}
