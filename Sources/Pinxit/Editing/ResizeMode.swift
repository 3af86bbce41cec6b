import PinxitImages

/// How a picture of another size or shape is brought to the one that is painted: AUTOMATIC1111's
/// resize modes, in their order.
public enum ResizeMode: String, Codable, Sendable, CaseIterable {
    /// Both sides at once; another shape is distorted.
    case stretch
    /// As small as covers everything, and what stands out on two sides is cut.
    case crop
    /// As large as fits; beside it the pixels at its edges go on.
    case fill
    /// The autoencoder sees the picture at its own size, and what it made is stretched. For a
    /// picture that is changed as a whole.
    case latent
}

extension ResizeMode: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension RequestOptions {
    /// ``DiffusionOptions/resize``
    public static let resize = RequestOption(
        "resize", \.diffusion.resize, families: [.diffusion],
        help: "How a picture of another shape comes to the size that is painted: "
            + "\(ResizeMode.accepted) (default: stretch).")
}

extension Picture {
    /// In another size, by Lanczos' filter as the web UI has it.
    ///
    /// Where a row or column is left over on one side of what is filled, the web UI leaves it
    /// black and covers one of the picture's on the other; here neither is.
    func resized(to size: PictureSize, _ mode: ResizeMode) -> Picture {
        switch mode {
        case .stretch, .latent:
            return resized(width: size.width, height: size.height, filter: .lanczos)
        case .crop:
            let cover = ownShape(around: size)
            let (x, y) = ((cover.width - size.width + 1) / 2, (cover.height - size.height + 1) / 2)
            // Only what is seen is made: a line of pixels would be a large picture.
            return resized(
                width: cover.width, height: cover.height, filter: .lanczos,
                columns: x..<x + size.width, rows: y..<y + size.height)
        case .fill:
            let inner = ownShape(within: size)
            return resized(width: inner.width, height: inner.height, filter: .lanczos)
                .continued(to: size)
        }
    }

    /// The least size of this picture's shape that covers another.
    private func ownShape(around size: PictureSize) -> PictureSize {
        size.width * height > width * size.height ? asWide(as: size) : asHigh(as: size)
    }

    /// The largest size of this picture's shape that lies within another.
    private func ownShape(within size: PictureSize) -> PictureSize {
        size.width * height < width * size.height ? asWide(as: size) : asHigh(as: size)
    }

    private func asWide(as size: PictureSize) -> PictureSize {
        PictureSize(width: size.width, height: max(1, height * size.width / width))
    }

    private func asHigh(as size: PictureSize) -> PictureSize {
        PictureSize(width: max(1, width * size.height / height), height: size.height)
    }

    /// In the middle of a larger canvas, on which the pixels at its edges go on: as Pillow's
    /// bicubic filter has them beyond the edge, an eighth of their step away from the next ones.
    private func continued(to size: PictureSize) -> Picture {
        var canvas = Picture(
            width: size.width, height: size.height,
            color: [UInt8](repeating: 0, count: channels))
        let across = Self.continued(width, to: size.width)
        let down = Self.continued(height, to: size.height)
        for (y, row) in down.enumerated() {
            for (x, column) in across.enumerated() {
                let edge = offset(x: column.edge, y: row.edge)
                let next = offset(x: column.next, y: row.next)
                let to = canvas.offset(x: x, y: y)
                for c in 0..<channels {
                    let value = 9 * Int(pixels[edge + c]) - Int(pixels[next + c])
                    canvas.pixels[to + c] = UInt8(clamping: (value + 4) >> 3)
                }
            }
        }
        return canvas
    }

    /// For each place of a longer line the place in the middle that it repeats, and beyond the
    /// ends the one beside that.
    private static func continued(_ length: Int, to whole: Int) -> [(edge: Int, next: Int)] {
        let start = (whole - length) / 2
        return (0..<whole).map { position in
            let place = position - start
            if place < 0 { return (0, min(1, length - 1)) }
            if place >= length { return (length - 1, max(0, length - 2)) }
            return (place, place)
        }
    }
}
