import Pinxit

/// Values of a plot's axis, in the syntax of AUTOMATIC1111's X/Y/Z plot: a list with commas, in
/// which numbers may be ranges: `1-5`, `1-10 (+3)`, `10-1 (-3)`, `1-10 [4]`, and with two dots
/// `1..9[3]`. A value with a comma stands in double quotes.
enum PlotValues {
    static let most = 200
    /// Beyond it neighbouring whole numbers are one as doubles.
    private static let largest = 0x1p53

    /// - Parameter kind: Whether ranges are read, and of what.
    /// - Throws: `UsageError` for what is no list, no range or too long.
    static func read(_ text: String, _ kind: OptionKind, axis: String) throws -> [String] {
        var values: [String] = []
        for part in try parts(text, axis) {
            guard !part.isEmpty else {
                throw UsageError("\(axis): a value is missing; 4,8,16 or 1..9[3] is accepted")
            }
            values += kind == .text ? [part] : try range(part, kind, axis) ?? [part]
            guard values.count <= most else {
                throw UsageError("\(axis): more than \(most) values; \(most) are accepted")
            }
        }
        return values
    }

    private static func parts(_ text: String, _ axis: String) throws -> [String] {
        var (parts, part, isQuoted) = ([String](), "", false)
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                parts.append(part.trimmed)
                part = ""
            default: part.append(character)
            }
        }
        guard !isQuoted else { throw UsageError("\(axis): a quote is not closed") }
        return parts + [part.trimmed]
    }

    /// Nil for one value.
    private static func range(_ text: String, _ kind: OptionKind, _ axis: String) throws
        -> [String]?
    {
        var (body, suffix) = (text[...], "")
        for (open, close): (Character, Character) in [("[", "]"), ("(", ")")]
        where text.last == close {
            guard let start = text.lastIndex(of: open) else { break }
            body = text[..<start]
            suffix = String(text[start...])
        }
        guard let (start, end) = ends(String(body).trimmed) else {
            guard suffix.isEmpty else {
                throw UsageError("\(axis): \(text): a range such as 1..9[3] is accepted")
            }
            return nil
        }
        let inner = String(suffix.dropFirst().dropLast()).trimmed
        if suffix.hasPrefix("[") {
            guard let count = Int(inner), (1...most).contains(count) else {
                throw UsageError("\(axis): \(text): 1 to \(most) values are accepted")
            }
            let gap = count > 1 ? (end - start) / Double(count - 1) : 0
            return (0..<count).map { shown(start + Double($0) * gap, kind) }
        }
        let usual = start <= end ? 1.0 : -1
        guard let step = suffix.isEmpty ? usual : Double(inner), step != 0, step.isFinite,
            (end - start) / step >= 0
        else {
            throw UsageError(
                "\(axis): \(text): a step that leads from one end to the other is accepted")
        }
        let count = (end - start) / step + 1 + 1e-9
        guard count <= Double(most) + 1 else {
            throw UsageError("\(axis): \(text): more than \(most) values; \(most) are accepted")
        }
        return (0..<Int(count)).map { shown(start + Double($0) * step, kind) }
    }

    /// Two numbers with two dots or a dash between them.
    private static func ends(_ text: String) -> (Double, Double)? {
        if let dots = text.firstRange(of: "..") {
            return pair(text[..<dots.lowerBound], text[dots.upperBound...])
        }
        var place = text.startIndex
        while let dash = text[place...].firstIndex(of: "-") {
            if let pair = pair(text[..<dash], text[text.index(after: dash)...]) { return pair }
            place = text.index(after: dash)
        }
        return nil
    }

    private static func pair(_ a: Substring, _ b: Substring) -> (Double, Double)? {
        let allowed = { (text: Substring) in text.allSatisfy { $0.isNumber || " .-".contains($0) } }
        guard allowed(a), allowed(b), let start = Double(String(a).trimmed),
            let end = Double(String(b).trimmed), max(abs(start), abs(end)) <= largest
        else { return nil }
        return (start, end)
    }

    /// Whole numbers are cut, as the web UI does it; others lose the noise of their last digits.
    private static func shown(_ value: Double, _ kind: OptionKind) -> String {
        if kind == .whole { return String(Int(value + (value < 0 ? -1e-9 : 1e-9))) }
        let rounded = (value * 1e6).rounded() / 1e6
        return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
