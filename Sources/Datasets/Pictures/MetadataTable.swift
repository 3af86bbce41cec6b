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
        var first: JSONField?
        var speaks = false
        for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            let name = "line \(number + 1)"
            do {
                guard let value = try? JSONValue(parsing: String(line)) else {
                    note(name, "is no JSON object")
                    continue
                }
                let object = JSONField(file: path, path: name, value: value)
                first = first ?? object
                speaks = speaks || CaptionText.names.contains { object[$0].exists }
                add(try object["file_name"].string(), try CaptionText.of(object))
            } catch {
                broken.append(BrokenFile(name: "\(path): \(error.field)", reason: error.problem))
            }
        }
        guard !speaks, let keys = try? first?.members().map(\.name) else { return }
        noteSilence(keys, CaptionText.names)
    }

    /// Names a table that lists files and says nothing of what they show.
    private mutating func noteSilence(_ columns: [String], _ names: [String]) {
        broken.append(
            BrokenFile(
                name: path,
                reason: "says nothing of what pictures show: it has "
                    + "\(columns.joined(separator: ", ")); accepted: file_name with "
                    + names.joined(separator: " or ")))
    }

    private mutating func readCSV(_ text: String) throws(FileError) {
        let table = CSVTable(parsing: text + "\n")
        guard let file = table.columns.firstIndex(of: "file_name") else {
            let found = table.columns.filter { !$0.isEmpty }.map { "\"\($0)\"" }
                .joined(separator: ", ")
            throw FileError(
                path: path,
                problem:
                    "has the columns \(found.isEmpty ? "none" : found); accepted: file_name and "
                    + "text, with a comma between them")
        }
        if table.isCut {
            note(
                "row \(table.rows.count + 1)", "opens a quote that nothing closes, down to the end")
        }
        let names = ["text", "caption"]
        let texts = names.compactMap(table.columns.firstIndex)
        if texts.isEmpty { noteSilence(table.columns, names) }
        for (number, row) in table.rows.enumerated() where row != [""] {
            guard row.count == table.columns.count else {
                note(
                    "row \(number + 1)",
                    "has \(row.count) cells; accepted: \(table.columns.count), as there are columns"
                )
                continue
            }
            if let long = texts.map({ row[$0].utf8.count }).max(), long > CaptionText.largest {
                note("row \(number + 1)", CaptionText.tooLong(long))
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
