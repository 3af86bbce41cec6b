import PinxitFiles
import PinxitTensors

/// Choices in prompts, made by a seed: `{red|blue}` is one of its words, `__animal__` a line of
/// `animal.txt` in a folder.
///
///     let wildcards = Wildcards(folder: "wildcards")
///     let prompt = try wildcards.resolved("a {red|blue} __animal__", seed: 7)
///
/// Choices may hold choices. Lines that are empty or begin with `#` are passed over; files may lie
/// in folders, as in `__pets/cat__`. Braces without a bar are text.
public struct Wildcards: Sendable {
    private static let deepest = 16
    private static let longest = 1 << 20

    private let folder: String

    /// - Parameter folder: Where the files are; it is looked into when a prompt names one.
    public init(folder: String) { self.folder = folder }

    /// A prompt with its choices made. The same seed makes the same ones of the same files.
    ///
    /// - Throws: `FileError` for a file that is missing or has no line; `PaintError.request` for
    ///   choices that lead to themselves, or to more than a megabyte.
    public func resolved(_ prompt: String, seed: UInt32) throws -> String {
        var random = SplitMix64(seed: UInt64(seed))
        return try resolved(prompt, &random, depth: 0)
    }

    /// The first choice of a prompt, as it stands there; nil where it has none.
    package static func firstChoice(in prompt: String) -> String? {
        next(in: prompt[...]).map { String(prompt[$0.range]) }
    }

    private func resolved(
        _ prompt: String, _ random: inout SplitMix64, depth: Int
    ) throws -> String {
        guard depth < Self.deepest, prompt.utf8.count <= Self.longest else {
            throw PaintError.request(
                field: "prompt",
                problem: "its wildcards go on for more than \(Self.deepest) levels or a megabyte")
        }
        var (result, rest) = ("", prompt[...])
        while let next = Self.next(in: rest) {
            result += rest[..<next.range.lowerBound]
            rest = rest[next.range.upperBound...]
            let options =
                switch next.kind {
                case .options(let options): options
                case .file(let name): try lines(name)
                }
            let chosen = options[Int(random.unit() * Double(options.count))]
            result += try resolved(chosen, &random, depth: depth + 1)
            guard result.utf8.count <= Self.longest else {
                return try resolved(result, &random, depth: Self.deepest)
            }
        }
        return result + rest
    }

    private enum Kind {
        case options([String])
        case file(String)
    }

    /// The first choice of a text.
    private static func next(
        in text: Substring
    ) -> (kind: Kind, range: Range<Substring.Index>)? {
        var place = text.startIndex
        while place < text.endIndex {
            if text[place] == "{", let found = options(text[place...]) { return found }
            if text[place...].hasPrefix("__"), let found = file(text[place...]) { return found }
            place = text.index(after: place)
        }
        return nil
    }

    /// `{a|b}` at the start of a text.
    private static func options(
        _ text: Substring
    ) -> (kind: Kind, range: Range<Substring.Index>)? {
        var (options, depth) = ([String](), 0)
        var start = text.index(after: text.startIndex)
        for place in text.indices {
            switch text[place] {
            case "{":
                depth += 1
                // So that braces that nobody closes are not looked for again and again.
                guard depth <= Self.deepest else { return nil }
            case "|" where depth == 1:
                options.append(String(text[start..<place]))
                start = text.index(after: place)
            case "}":
                depth -= 1
                guard depth == 0 else { continue }
                guard !options.isEmpty else { return nil }
                options.append(String(text[start..<place]))
                return (.options(options), text.startIndex..<text.index(after: place))
            default: break
            }
        }
        return nil
    }

    /// `__name__` at the start of a text.
    private static func file(_ text: Substring) -> (kind: Kind, range: Range<Substring.Index>)? {
        let inner = text.dropFirst(2)
        guard let end = inner.firstRange(of: "__") else { return nil }
        let name = inner[..<end.lowerBound]
        guard !name.isEmpty, name.count <= 100,
            name.allSatisfy({ $0.isLetter || $0.isNumber || "_-/ .".contains($0) })
        else { return nil }
        return (.file(String(name)), text.startIndex..<end.upperBound)
    }

    /// The choices of a file in the folder; never of one outside of it.
    private func lines(_ name: String) throws -> [String] {
        let path = folder.path(name + ".txt")
        let isInside = !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
        guard isInside, fileExists(path) else {
            throw FileError(
                path: path, problem: "is not there; __\(name)__ in the prompt is a line of it")
        }
        guard let text = String(validating: try readFile(path, limit: 64 << 20), as: UTF8.self)
        else { throw FileError(path: path, problem: "is no UTF-8 text") }
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            let start = line.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !lines.isEmpty else {
            throw FileError(path: path, problem: "holds no line to choose")
        }
        return lines
    }
}
