extension Findings {
    /// A table for people, one line per figure.
    public var table: String { rows.table }
}

extension [FigureRow] {
    /// One line per figure, below what the columns are called.
    var table: String {
        let header = FigureRow(
            title: "", prompts: "prompts", painted: "painted", detail: "95 %", chance: "chance",
            real: "real")
        return ([header] + self).map(\.line).joined(separator: "\n")
    }
}

extension FigureRow {
    fileprivate var line: String {
        aligned(
            [title, prompts, painted, detail, chance, real], widths: [21, 11, 9, 13, 8, 6])
    }
}

/// Cells side by side, each filled up to its width, at least one space between them.
func aligned(_ cells: [String], widths: [Int]) -> String {
    var line = ""
    for (cell, width) in zip(cells, widths) {
        line += cell + String(repeating: " ", count: max(1, width - cell.count))
    }
    while line.last == " " { line.removeLast() }
    return line
}
