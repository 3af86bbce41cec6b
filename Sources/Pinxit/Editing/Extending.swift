import PinxitImages

/// Pixels beyond the edges of a picture.
public struct PictureMargins: Sendable, Equatable {
    /// To the left.
    public var left: Int
    /// To the right.
    public var right: Int
    /// Above.
    public var top: Int
    /// Below.
    public var bottom: Int

    /// None where nothing is said.
    public init(left: Int = 0, right: Int = 0, top: Int = 0, bottom: Int = 0) {
        (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
    }
}

extension Picture {
    /// The picture on a larger canvas, and the mask that has what is new painted: outpainting, for
    /// ``PaintSource/inpaint(_:_:strength:)``.
    ///
    /// The edge's own pixels go on into what is new, until it is painted.
    /// - Parameters:
    ///   - margins: What is new, each 0 or more.
    ///   - blur: Of the mask, as it will be given to ``Mask``, of ``Mask/blurs``: the picture's
    ///     edge is repainted twice that far too, so that the seam does not show.
    /// - Throws: `PaintError.request` for a margin or a blur that is none.
    public func extended(
        by margins: PictureMargins, blur: Double = 4
    ) throws(PaintError) -> (picture: Picture, mask: Picture) {
        let all = [margins.left, margins.right, margins.top, margins.bottom]
        if let wrong = all.first(where: { !RequestOptions.margins.contains($0) }) {
            throw .request(
                field: "margins",
                problem: "\(wrong) is not from 0 to \(RequestOptions.margins.upperBound)")
        }
        guard Mask.blurs.contains(blur) else {
            throw .request(
                field: "blur", problem: "\(blur) is not from 0 to \(Mask.blurs.upperBound)")
        }
        let own = isOpaque ? rgb() : self
        var canvas = Picture(
            width: width + margins.left + margins.right,
            height: height + margins.top + margins.bottom,
            color: [UInt8](repeating: 0, count: own.channels))
        var mask = Picture(width: canvas.width, height: canvas.height, color: [255])
        let overlap = Int((2 * blur).rounded(.up))
        let kept = (
            across: kept(margins.left, width, margins.right, overlap),
            down: kept(margins.top, height, margins.bottom, overlap)
        )
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let from = own.offset(
                    x: max(0, min(width - 1, x - margins.left)),
                    y: max(0, min(height - 1, y - margins.top)))
                let to = canvas.offset(x: x, y: y)
                for c in 0..<own.channels { canvas.pixels[to + c] = own.pixels[from + c] }
                if kept.across.contains(x), kept.down.contains(y) {
                    mask.pixels[mask.offset(x: x, y: y)] = 0
                }
            }
        }
        return (canvas, mask)
    }

    /// The columns or rows of the larger canvas that are not repainted.
    private func kept(_ before: Int, _ length: Int, _ after: Int, _ overlap: Int) -> Range<Int> {
        let start = before > 0 ? before + overlap : 0
        let end = before + length - (after > 0 ? overlap : 0)
        return start..<max(start, end)
    }
}
