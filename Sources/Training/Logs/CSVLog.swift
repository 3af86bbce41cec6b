import PinxitFiles

/// A table of numbers that grows by a row per report: `step`, then the named columns (RFC 4180).
///
///     let log = try CSVLog(path: "runs/tiny/metrics.csv", columns: ["loss", "rate"])
///     try log.append(step: 100, ["loss": 0.5, "rate": 1e-4])
///
/// A value that a row lacks is an empty cell; `nan`, `inf` and `-inf` are written so.
final class CSVLog {
    /// The columns after `step`.
    let columns: [String]
    private let file: AppendingFile

    /// - Parameters:
    ///   - columns: the names of the columns after `step`.
    ///   - resumedStep: the step a resumed run continues after. Rows of later steps, and an
    ///     incomplete last row, are removed; columns that are new are added at the end, and those
    ///     the file has besides are kept. Without it a file of that name is replaced.
    /// - Throws: `FileError` when the file cannot be written, or what is to be continued is no such
    ///   table.
    init(path: String, columns: [String], resumingAfter resumedStep: Int? = nil) throws {
        var table = CSVTable(columns: ["step"] + columns)
        if let resumedStep, fileExists(path) {
            let text = String(decoding: try readFile(path), as: UTF8.self)
            table = try Self.continued(CSVTable(parsing: text), columns, resumedStep, path: path)
        }
        self.columns = Array(table.columns.dropFirst())
        try AtomicFile.write(table.text, to: path)
        file = try AppendingFile(path: path)
    }

    /// Adds a row; every name must be a column.
    func append(step: Int, _ values: [String: Double]) throws(FileError) {
        for name in values.keys {
            precondition(columns.contains(name), "\"\(name)\" is not a column of \(file.path)")
        }
        let cells = columns.map { name in values[name].map { "\($0)" } ?? "" }
        try file.append(CSVTable.line(["\(step)"] + cells))
    }

    private static func continued(
        _ table: CSVTable, _ columns: [String], _ step: Int, path: String
    ) throws(FileError) -> CSVTable {
        guard table.columns.first == "step" else {
            throw FileError(path: path, field: "line 1", problem: "expected the column step first")
        }
        var table = table
        for column in columns where !table.columns.contains(column) { table.add(column) }
        table.rows.removeAll { row in
            guard row.count == table.columns.count, let rowStep = Int(row[0]) else { return true }
            return rowStep > step
        }
        return table
    }
}
