import PinxitFiles

/// Named additions to prompts, from a file as AUTOMATIC1111's web UI keeps them: columns `name`,
/// `prompt` and `negative_prompt`, with commas between.
///
///     let styles = try PromptStyles(file: "styles.csv")
///     let request = try styles.applied(["ink"], to: PaintRequest(prompt: "a fox"))
///
/// Where a style says `{prompt}` the prompt stands there; else it stands before it, with a comma.
public struct PromptStyles: Sendable {
    private let file: String
    private let rows: [(name: String, prompt: String, negativePrompt: String)]

    /// The names of the styles, in the file's order.
    public var names: [String] { rows.map(\.name) }

    /// - Throws: `FileError` for a file that cannot be read, or has no such columns.
    public init(file: String) throws(FileError) {
        self.file = file
        guard let text = String(validating: try readFile(file, limit: 64 << 20), as: UTF8.self)
        else { throw FileError(path: file, problem: "is no UTF-8 text") }
        let table = try Self.table(text, file)
        let header = table.first ?? []
        // Older files say text.
        guard let name = header.firstIndex(of: "name"),
            let prompt = header.firstIndex(where: { ["prompt", "text"].contains($0) })
        else {
            throw FileError(
                path: file, problem: "has no columns name and prompt in its first line")
        }
        let negative = header.firstIndex { ["negative_prompt", "negative_text"].contains($0) }
        rows = table.dropFirst().compactMap { row in
            func cell(_ column: Int?) -> String {
                column.flatMap { $0 < row.count ? row[$0] : nil } ?? ""
            }
            return cell(name).isEmpty ? nil : (cell(name), cell(prompt), cell(negative))
        }
    }

    /// A request with styles applied one after the other to its prompt and negative prompt.
    ///
    /// - Throws: `PaintError.request` for a name that is not there, with the nearest.
    public func applied(
        _ names: [String], to request: PaintRequest
    ) throws(PaintError) -> PaintRequest {
        var request = request
        for name in names {
            guard let style = rows.first(where: { $0.name == name }) else {
                let near = self.names.nearest(to: name)
                throw .request(
                    field: "style",
                    problem: "\(name) is not in \(file)"
                        + (near.isEmpty ? "" : "; is \(near.joined(separator: " or ")) meant?"))
            }
            request.prompt = Self.joined(request.prompt, style.prompt)
            request.negativePrompt = Self.joined(request.negativePrompt, style.negativePrompt)
        }
        return request
    }

    private static func joined(_ prompt: String, _ style: String) -> String {
        if style.contains("{prompt}") { return style.replacing("{prompt}", with: prompt) }
        return [prompt, style].filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: ", ")
    }

    /// The rows of a text with commas between cells (RFC 4180); cells in quotes may hold anything.
    private static func table(_ text: String, _ file: String) throws(FileError) -> [[String]] {
        var (rows, row, cell) = ([[String]](), [String](), "")
        var (isQuoted, hasQuotes) = (false, false)
        func isEmptyLine() -> Bool { row.isEmpty && cell.isEmpty && !hasQuotes }
        var rest = text.drop { $0 == "\u{FEFF}" }
        while let character = rest.popFirst() {
            if isQuoted {
                if character != "\"" {
                    cell.append(character)
                } else if rest.first == "\"" {
                    cell.append(rest.removeFirst())
                } else {
                    isQuoted = false
                }
            } else if character == "\"", cell.isEmpty {
                (isQuoted, hasQuotes) = (true, true)
            } else if character == "," {
                row.append(cell)
                (cell, hasQuotes) = ("", false)
            } else if character.isNewline {
                if !isEmptyLine() { rows.append(row + [cell]) }
                (row, cell, hasQuotes) = ([], "", false)
            } else {
                cell.append(character)
            }
        }
        guard !isQuoted else {
            throw FileError(path: file, problem: "ends within quotes")
        }
        return isEmptyLine() ? rows : rows + [row + [cell]]
    }
}
