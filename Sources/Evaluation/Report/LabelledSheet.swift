import PinxitDatasets
import PinxitImages

/// Rows of pictures on white, each with its words on the left, and perhaps words above the columns.
struct LabelledSheet {
    struct Row {
        var label: String
        var pictures: [Picture]
        /// A picture behind a gap.
        var last: Picture?
    }

    /// Above the columns; empty for none.
    var heads: [String] = []
    var rows: [Row]

    private static let gap = 4
    private static let labelWidth = 132
    private static let headHeight = 28

    /// - Returns: nil without pictures.
    func draw() -> Picture? {
        guard let size = rows.flatMap(\.pictures).map(\.width).max() else { return nil }
        let gap = Self.gap
        let font = LabelFont()
        let left = gap + (font == nil ? 0 : Self.labelWidth)
        let top = gap + (font == nil || heads.isEmpty ? 0 : Self.headHeight)
        let columns = rows.map(\.pictures.count).max()!
        let hasLast = rows.contains { $0.last != nil }
        let width = left + columns * (size + gap) + (hasLast ? size + 4 * gap : 0)
        var sheet = Picture(
            width: width, height: top + rows.count * (size + gap), color: [255, 255, 255])
        if let font {
            for (column, head) in heads.enumerated() {
                sheet.paste(
                    font.draw(head, width: size, lines: 2), x: left + column * (size + gap), y: gap)
            }
        }
        for (number, row) in rows.enumerated() {
            let y = top + number * (size + gap)
            if let font {
                let label = font.draw(
                    row.label, width: Self.labelWidth - 2 * gap, lines: max(1, size / 14))
                sheet.paste(label, x: gap, y: y)
            }
            for (column, picture) in row.pictures.enumerated() {
                sheet.paste(picture, x: left + column * (size + gap), y: y)
            }
            if let last = row.last { sheet.paste(last, x: width - size - gap, y: y) }
        }
        return sheet
    }
}
