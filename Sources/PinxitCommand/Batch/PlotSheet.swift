import PinxitDatasets
import PinxitImages

/// A plot's pictures with its labels.
struct PlotSheet {
    let picture: Picture
    let warnings: [String]
}

extension PlotAxes {
    private static let gap = 6

    /// - Parameter cells: By parts, rows and columns.
    func sheet(_ cells: [Picture]) -> PlotSheet {
        let width = cells.map(\.width).max() ?? 1
        let height = cells.map(\.height).max() ?? 1
        let size = max(11, min(width, height) / 16)
        let font = LabelFont(size: size)
        let lines = 2
        let head = font == nil ? 0 : lines * (size + 3)
        let side = y.name.isEmpty || font == nil ? 0 : max(size * 7, width / 3)
        let (columns, rows, parts) = (x.values.count, y.values.count, z.values.count)
        let gap = Self.gap
        let title = z.name.isEmpty ? 0 : head
        let part = title + head + rows * (height + gap)
        var sheet = Picture(
            width: gap + side + columns * (width + gap), height: gap + parts * (part + gap),
            color: [255, 255, 255])
        func put(_ text: String, _ x: Int, _ y: Int, _ width: Int, _ count: Int = 2) {
            guard let font, width > 0 else { return }
            sheet.paste(font.draw(text, width: width, lines: count), x: x, y: y)
        }
        for (p, value) in z.values.enumerated() {
            let top = gap + p * (part + gap)
            if title > 0 { put(z.label(value), gap, top, sheet.width - 2 * gap) }
            for (c, value) in x.values.enumerated() {
                put(x.label(value), gap + side + c * (width + gap), top + title, width)
            }
            for (r, value) in y.values.enumerated() {
                let row = top + title + head + r * (height + gap)
                if side > 0 {
                    put(y.label(value), gap, row, side - gap, max(1, height / (size + 3)))
                }
                for c in 0..<columns {
                    let cell = cells[(p * rows + r) * columns + c]
                    sheet.paste(cell, x: gap + side + c * (width + gap), y: row)
                }
            }
        }
        let labels = [x, y, z].flatMap { axis in axis.values.map(axis.label) }
        return PlotSheet(picture: sheet, warnings: LabelFont.advice(on: labels, font))
    }
}
