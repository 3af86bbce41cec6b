import PinxitFiles

/// `metadata.jsonl` or `metadata.csv` as Hugging Face's ImageFolder has them: which file shows
/// what.
struct MetadataTable {
    /// By `file_name`, relative to the table's folder.
    private(set) var captions: [String: [String]] = [:]
    private(set) var broken: [BrokenFile] = []
    private let path: String

    static let names = ["metadata.jsonl", "metadata.csv"]

    /// - Throws: `FileError` for a table that cannot be read or has no column of names.
    init(_ path: String) throws(FileError) {
        self.path = path
        let bytes = try readFile(path, limit: 1 << 30)
        guard let whole = String(validating: bytes, as: UTF8.self) else {
            throw FileError(path: path, problem: "is not UTF-8")
        }
        let text = whole.hasPrefix("\u{FEFF}") ? String(whole.dropFirst()) : whole
        if path.hasSuffix(".csv") { try readCSV(text) } else { readLines(text) }
    }

    private mutating func readLines(_ text: String) {
        // In Swift "\r\n" is one character, another than "\n"; a text may hold other ends of lines.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            let name = "line \(number + 1)"
            do {
                guard let value = try? JSONValue(parsing: String(line)) else {
                    note(name, "is no JSON object")
                    continue
                }
                let object = JSONField(file: path, path: name, value: value)
                add(try object["file_name"].string(), try CaptionText.of(object))
            } catch {
                broken.append(BrokenFile(name: "\(path): \(error.field)", reason: error.problem))
            }
        }
    }

    private mutating func readCSV(_ text: String) throws(FileError) {
        let table = CSVTable(parsing: text + "\n")
        guard let file = table.columns.firstIndex(of: "file_name") else {
            throw FileError(
                path: path,
                problem:
                    "has the columns \(table.columns.joined(separator: ", ")); accepted: file_name and text"
            )
        }
        let texts = ["text", "caption"].compactMap(table.columns.firstIndex)
        for (number, row) in table.rows.enumerated() where row != [""] {
            guard row.count == table.columns.count else {
                note(
                    "row \(number + 1)",
                    "has \(row.count) cells; accepted: \(table.columns.count), as there are columns"
                )
                continue
            }
            add(row[file], texts.map { CaptionText.clean(row[$0]) }.filter { !$0.isEmpty })
        }
    }

    private mutating func add(_ file: String, _ texts: [String]) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !file.isEmpty, !file.hasPrefix("/"), !parts.contains("..") else {
            note("file_name \"\(file)\"", "leads out of the folder")
            return
        }
        let name = parts.filter { $0 != "." }.joined(separator: "/")
        captions[name] = ((captions[name] ?? []) + texts).withoutRepetitions
    }

    private mutating func note(_ place: String, _ reason: String) {
        broken.append(BrokenFile(name: "\(path): \(place)", reason: reason))
    }
}
