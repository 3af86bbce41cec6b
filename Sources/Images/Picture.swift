/// Pixels in memory: rows from the top, channels interleaved, 8 bits each.
///
/// One channel is gray, three are RGB, four are RGBA with straight alpha.
public struct Picture: Sendable, Hashable {
    /// Pixels from left to right.
    public let width: Int
    /// Rows from the top.
    public let height: Int
    /// Bytes a pixel: 1 gray, 3 RGB, 4 RGBA.
    public let channels: Int
    /// `height * width * channels` bytes.
    public var pixels: [UInt8]

    /// - Precondition: `pixels` holds exactly `height * width * channels` bytes, channels 1, 3, 4.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(
            [1, 3, 4].contains(channels), "a picture has 1, 3 or 4 channels, not \(channels)")
        precondition(
            width > 0 && height > 0, "a picture of \(width)x\(height) pixels has no pixels")
        precondition(
            pixels.count == width * height * channels,
            "\(pixels.count) bytes given for \(width)x\(height)x\(channels)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// A picture of one colour; `color` has one value per channel.
    public init(width: Int, height: Int, color: [UInt8]) {
        var pixels = [UInt8]()
        pixels.reserveCapacity(width * height * color.count)
        for _ in 0..<width * height { pixels.append(contentsOf: color) }
        self.init(width: width, height: height, channels: color.count, pixels: pixels)
    }

    /// Where in ``pixels`` the first channel of the pixel in column `x` of row `y` lies.
    public func offset(x: Int, y: Int) -> Int { (y * width + x) * channels }

    /// The rectangle with its corner at `(x, y)`.
    /// - Precondition: it lies inside the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Picture {
        precondition(
            x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height,
            "crop \(x),\(y) \(width)x\(height) leaves the picture \(self.width)x\(self.height)")
        var result = [UInt8]()
        result.reserveCapacity(width * height * channels)
        for row in y..<y + height {
            result += pixels[offset(x: x, y: row)..<offset(x: x, y: row) + width * channels]
        }
        return Picture(width: width, height: height, channels: channels, pixels: result)
    }

    /// Copies `other` with its corner at `(x, y)`; what falls outside is cut. RGBA over anything
    /// else is blended, otherwise the channels must be equal.
    public mutating func paste(_ other: Picture, x: Int, y: Int) {
        precondition(
            other.channels == channels || other.channels == 4,
            "a picture of \(other.channels) channels cannot be pasted on one of \(channels)")
        for row in max(0, -y)..<max(max(0, -y), min(other.height, height - y)) {
            for column in max(0, -x)..<max(max(0, -x), min(other.width, width - x)) {
                let source = other.offset(x: column, y: row)
                let target = offset(x: x + column, y: y + row)
                copyPixel(of: other, source, target)
            }
        }
    }

    private mutating func copyPixel(of other: Picture, _ source: Int, _ target: Int) {
        if other.channels == channels {
            for c in 0..<channels { pixels[target + c] = other.pixels[source + c] }
            return
        }
        let alpha = Int(other.pixels[source + 3])
        for c in 0..<channels {
            let over = Int(other.pixels[source + c])
            let under = Int(pixels[target + c])
            pixels[target + c] = UInt8((over * alpha + under * (255 - alpha) + 127) / 255)
        }
    }

    /// Whether nothing shines through.
    public var isOpaque: Bool {
        channels < 4 || stride(from: 3, to: pixels.count, by: 4).allSatisfy { pixels[$0] == 255 }
    }

    /// Three channels: gray is repeated, alpha is blended over `background`.
    public func rgb(over background: [UInt8] = [255, 255, 255]) -> Picture {
        if channels == 3 { return self }
        if channels == 1 {
            return Picture(
                width: width, height: height, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
        }
        var result = Picture(width: width, height: height, color: background)
        result.paste(self, x: 0, y: 0)
        return result
    }
}
