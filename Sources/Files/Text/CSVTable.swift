/// Rows of text cells under named columns, to and from comma-separated values (RFC 4180).
package struct CSVTable {
    package private(set) var columns: [String]
    package var rows: [[String]] = []
    /// Whether the text ended within a line.
    package private(set) var isCut = false

    package init(columns: [String]) { self.columns = columns }

    /// Reads the complete lines of a text; a last line without its end is left out.
    package init(parsing text: String) {
        var lines: [[String]] = []
        var (cells, cell) = ([String](), String.UnicodeScalarView())
        var isQuoted = false
        for scalar in text.unicodeScalars {
            switch scalar {
            // A doubled quote closes and opens again; the cell keeps one. In a cell that does not
            // begin with one it is a sign like others: 12" disc.
            case "\"":
                if cell.isEmpty || cell.first == "\"" { isQuoted.toggle() }
                cell.append(scalar)
            case "," where !isQuoted, "\n" where !isQuoted:
                cells.append(Self.unquoted(String(cell)))
                cell = .init()
                if scalar == "\n" {
                    lines.append(cells)
                    cells = []
                }
            case "\r" where !isQuoted: continue
            default: cell.append(scalar)
            }
        }
        isCut = !cells.isEmpty || !cell.isEmpty
        columns = lines.first ?? []
        rows = Array(lines.dropFirst())
    }

    /// Adds a column of empty cells.
    package mutating func add(_ column: String) {
        for index in rows.indices where rows[index].count == columns.count {
            rows[index].append("")
        }
        columns.append(column)
    }

    package var text: String { ([columns] + rows).map(Self.line).joined() }

    package static func line(_ cells: [String]) -> String {
        cells.map(quoted).joined(separator: ",") + "\n"
    }

    private static func quoted(_ cell: String) -> String {
        let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
        guard cell.unicodeScalars.contains(where: special.contains) else { return cell }
        let doubled = cell.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        return "\"\(doubled)\""
    }

    private static func unquoted(_ cell: String) -> String {
        guard cell.hasPrefix("\"") else { return cell }
        var result = ""
        var previousWasQuote = false
        for scalar in cell.unicodeScalars.dropFirst().dropLast() {
            previousWasQuote = scalar == "\"" && !previousWasQuote
            if !previousWasQuote { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
