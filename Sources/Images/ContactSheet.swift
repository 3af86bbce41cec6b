/// Pictures side by side on one white sheet, for looking at.
public enum ContactSheet {
    /// - Parameters:
    ///   - labels: one picture under each, or none; as wide as the widest picture at most.
    ///   - gap: white pixels between the cells.
    public static func make(
        _ pictures: [Picture], columns: Int, gap: Int = 4, labels: [Picture] = []
    ) -> Picture {
        precondition(!pictures.isEmpty && columns > 0, "a contact sheet needs pictures and columns")
        let cellWidth = pictures.map(\.width).max()!
        let pictureHeight = pictures.map(\.height).max()!
        let cellHeight = pictureHeight + (labels.map(\.height).max() ?? 0)
        let rows = (pictures.count + columns - 1) / columns
        var sheet = Picture(
            width: gap + min(columns, pictures.count) * (cellWidth + gap),
            height: gap + rows * (cellHeight + gap), color: [255, 255, 255])
        for (i, picture) in pictures.enumerated() {
            let x = gap + i % columns * (cellWidth + gap)
            let y = gap + i / columns * (cellHeight + gap)
            sheet.paste(picture.rgb(), x: x, y: y)
            if i < labels.count { sheet.paste(labels[i].rgb(), x: x, y: y + pictureHeight) }
        }
        return sheet
    }
}
