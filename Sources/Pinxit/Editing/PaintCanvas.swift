import PinxitImages
import PinxitTensors

/// A picture as it lies before the painter: which part of it is painted, at which size, and how
/// what was painted comes back.
struct PaintCanvas: Sendable {
    /// RGB.
    private let picture: Picture
    /// The picture with its transparency; nil where all of it is opaque.
    private let transparent: Picture?
    /// One channel of the picture's size, 255 where it is repainted; nil is everywhere.
    private let levels: Picture?
    private let frame: Frame
    private let mode: ResizeMode
    let fill: Mask.Fill
    /// What is painted, in pixels.
    let size: PictureSize
    /// The size at which the autoencoder sees the picture, where its latents are stretched to
    /// another; nil where it sees what is painted.
    private(set) var seen: PictureSize?

    /// A rectangle of a picture.
    struct Frame: Equatable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    /// A whole picture, changed.
    ///
    /// - Parameters:
    ///   - asked: The size to paint; what is nil follows from the picture.
    ///   - model: What sizes the model paints.
    /// - Throws: `PaintError.request` for a size that it does not.
    init(_ picture: Picture, asked: AskedSize, _ model: PaintedSizes) throws(PaintError) {
        mode = asked.mode ?? .stretch
        (transparent, levels, fill) = (nil, nil, .original)
        size = try model.checked(model.size(asked, of: picture.whole))
        self.picture = mode.keepsSize ? picture.rgb() : picture.rgb().resized(to: size, mode)
        frame = self.picture.whole
        if mode == .latent { seen = model.floor(picture) }
    }

    /// A picture of which a part is repainted.
    ///
    /// It keeps its own size, whatever size is painted, unless all of it is painted and another
    /// size is asked for, or another way to it than stretching.
    /// - Parameters:
    ///   - asked: The size to paint, of the whole picture or of the part around the mask; what is
    ///     nil follows from that.
    ///   - model: What sizes the model paints.
    /// - Throws: `PaintError.request` for a mask that covers nothing, or whose words were not
    ///   looked for, for a way to the size that goes without it, and for a size that the model
    ///   does not paint.
    init(
        _ picture: Picture, _ mask: Mask, asked: AskedSize, _ model: PaintedSizes
    ) throws(PaintError) {
        fill = mask.fill
        let usual = model.size(AskedSize(), of: picture.whole)
        let whole = model.size(asked, of: picture.whole)
        try Self.check(asked.mode, beside: mask, picture, whole)
        if mask.padding == nil { _ = try model.checked(whole) }
        let mode = asked.mode ?? .stretch
        self.mode = mode
        func sized(_ picture: Picture) -> Picture {
            mask.padding == nil && (whole != usual || !mode.keepsSize)
                ? picture.resized(to: whole, mode) : picture
        }
        self.picture = sized(picture.rgb())
        transparent = picture.isOpaque ? nil : sized(picture)
        let levels = try mask.levels(like: self.picture, mode)
        guard levels.pixels.contains(where: { $0 >= 128 }) else {
            throw .request(field: "mask", problem: try mask.emptiness(over: self.picture, mode))
        }
        self.levels = levels
        guard let padding = mask.padding else {
            (size, frame) = (whole, levels.whole)
            return
        }
        let part = levels.frame(padding: padding)
        size = try model.checked(model.size(asked, of: part))
        frame = part.widened(to: size, within: levels.whole)
    }

    private static func check(
        _ mode: ResizeMode?, beside mask: Mask, _ picture: Picture, _ whole: PictureSize
    ) throws(PaintError) {
        let field = RequestOptions.resize.name
        guard mode == nil || mask.padding == nil else {
            throw .request(
                field: field,
                problem: "a part around a mask keeps its shape; without its padding it is accepted")
        }
        guard mode == .latent, (picture.width, picture.height) != (whole.width, whole.height)
        else { return }
        throw .request(
            field: field,
            problem: "latent goes without a mask; stretch, crop and fill are accepted")
    }

    /// What the painter starts from, of the canvas's size, or of the size that is seen. What is
    /// filled is filled at that size, as AUTOMATIC1111's web UI does it.
    var start: Picture {
        let seen = seen ?? size
        let part = picture.cropped(to: frame).resized(to: seen, .stretch)
        guard fill == .surroundings, let levels else { return part }
        return part.filled(
            under: levels.cropped(to: frame)
                .resized(width: seen.width, height: seen.height, filter: .lanczos))
    }

    /// `[1, height, width, 1]`, 1 where it is repainted and 0 elsewhere; nil is everywhere.
    var mask: Tensor? {
        guard let levels else { return nil }
        let part = levels.cropped(to: frame)
            .resized(width: size.width, height: size.height, filter: .lanczos)
        return Tensor(
            part.pixels.map { $0 >= 128 ? 1 : 0 }, shape: [1, size.height, size.width, 1])
    }

    /// Another picture that lies as this one does: cut and scaled with it.
    func laid(_ other: Picture) -> Picture {
        guard frame != picture.whole else { return other.resized(to: size, mode) }
        return other.resized(width: picture.width, height: picture.height, filter: .lanczos)
            .cropped(to: frame)
            .resized(width: size.width, height: size.height, filter: .lanczos)
    }

    /// The whole picture with what was painted in its place. What the mask leaves is untouched.
    func finished(_ painted: Picture) -> Picture {
        guard let levels else { return painted }
        var result = transparent ?? picture
        let part = painted.resized(width: frame.width, height: frame.height, filter: .lanczos)
        for row in 0..<frame.height {
            for column in 0..<frame.width {
                let level = Int(levels.pixels[levels.offset(x: frame.x + column, y: frame.y + row)])
                guard level > 0 else { continue }
                let from = part.offset(x: column, y: row)
                let to = result.offset(x: frame.x + column, y: frame.y + row)
                // What is painted is opaque; of what lies under it counts what is seen.
                let alpha = result.channels == 4 ? Int(result.pixels[to + 3]) : 255
                let (over, under) = (255 * level, alpha * (255 - level))
                for c in 0..<3 {
                    let mixed =
                        Int(part.pixels[from + c]) * over + Int(result.pixels[to + c]) * under
                    result.pixels[to + c] = UInt8((mixed + (over + under) / 2) / (over + under))
                }
                if result.channels == 4 {
                    result.pixels[to + 3] = UInt8((over + under + 127) / 255)
                }
            }
        }
        return result
    }
}

extension ResizeMode {
    /// Whether the picture stays as it is where nothing else is asked for.
    fileprivate var keepsSize: Bool { self == .stretch || self == .latent }
}

extension PaintCanvas.Frame {
    /// Made larger on two sides to have a shape, as far as there is room.
    fileprivate func widened(to shape: PictureSize, within whole: Self) -> Self {
        let ratio = Double(shape.width) / Double(shape.height)
        let across = (x..<x + width).widened(
            to: Int((Double(height) * ratio).rounded()), within: whole.width)
        let down = (y..<y + height).widened(
            to: Int((Double(across.count) / ratio).rounded()), within: whole.height)
        return Self(
            x: across.lowerBound, y: down.lowerBound, width: across.count, height: down.count)
    }
}

extension Picture {
    /// All of it.
    var whole: PaintCanvas.Frame {
        PaintCanvas.Frame(x: 0, y: 0, width: width, height: height)
    }

    fileprivate func cropped(to frame: PaintCanvas.Frame) -> Picture {
        cropped(x: frame.x, y: frame.y, width: frame.width, height: frame.height)
    }

    /// The rectangle around what is above 0, with so many pixels more to each side.
    fileprivate func frame(padding: Int) -> PaintCanvas.Frame {
        let rows = (0..<height).filter { y in
            pixels[offset(x: 0, y: y)..<offset(x: 0, y: y) + width].contains { $0 > 0 }
        }
        let columns = (0..<width).filter { x in
            rows.contains { pixels[offset(x: x, y: $0)] > 0 }
        }
        guard let top = rows.first, let bottom = rows.last, let left = columns.first,
            let right = columns.last
        else { return whole }
        let across = max(0, left - padding)..<min(width, right + 1 + padding)
        let down = max(0, top - padding)..<min(height, bottom + 1 + padding)
        return PaintCanvas.Frame(
            x: across.lowerBound, y: down.lowerBound, width: across.count, height: down.count)
    }

    /// What a mask of levels covers replaced by the colours around it, blurred the more the further
    /// they are.
    fileprivate func filled(under levels: Picture) -> Picture {
        var visible = Picture(width: width, height: height, color: [0, 0, 0, 0])
        for i in 0..<width * height {
            let alpha = levels.pixels[i] >= 128 ? UInt8(0) : 255
            for c in 0..<3 { visible.pixels[4 * i + c] = alpha == 0 ? 0 : pixels[3 * i + c] }
            visible.pixels[4 * i + 3] = alpha
        }
        var result = Picture(width: width, height: height, color: visible.meanColor)
        for (radius, times) in [(256.0, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)] {
            let layer = visible.blurred(radius: radius).dividedByAlpha()
            for _ in 0..<times { result.paste(layer, x: 0, y: 0) }
        }
        return result
    }

    /// The mean of what is opaque of an RGBA picture; gray where nothing is.
    private var meanColor: [UInt8] {
        var (sums, count) = ([0, 0, 0], 0)
        for i in stride(from: 0, to: pixels.count, by: 4) where pixels[i + 3] == 255 {
            for c in 0..<3 { sums[c] += Int(pixels[i + c]) }
            count += 1
        }
        return sums.map { count == 0 ? 128 : UInt8($0 / count) }
    }
}

extension Range<Int> {
    /// Made at least so long on both sides, as far as there is room from 0 to a limit.
    fileprivate func widened(to length: Int, within limit: Int) -> Range<Int> {
        let length = Swift.min(Swift.max(length, count), limit)
        let start = Swift.max(
            0, Swift.min(lowerBound - (length - count) / 2, limit - length))
        return start..<start + length
    }
}
