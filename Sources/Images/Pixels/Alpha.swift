extension Picture {
    /// RGBA with colour times alpha, in Pillow's rounding (`MULDIV255`).
    public func premultipliedByAlpha() -> Picture {
        precondition(channels == 4, "only RGBA has alpha")
        var result = self
        for i in stride(from: 0, to: pixels.count, by: 4) {
            let alpha = UInt32(pixels[i + 3])
            for c in 0..<3 {
                let product = UInt32(pixels[i + c]) * alpha + 128
                result.pixels[i + c] = UInt8(((product >> 8) + product) >> 8)
            }
        }
        return result
    }

    /// The inverse of `premultipliedByAlpha`, as far as 8 bits keep it.
    public func dividedByAlpha() -> Picture {
        precondition(channels == 4, "only RGBA has alpha")
        var result = self
        for i in stride(from: 0, to: pixels.count, by: 4) {
            let alpha = Int(pixels[i + 3])
            guard alpha != 0, alpha != 255 else { continue }
            for c in 0..<3 {
                result.pixels[i + c] = UInt8(min(255, 255 * Int(pixels[i + c]) / alpha))
            }
        }
        return result
    }

    /// RGB with the colours as they stand, whatever their alpha.
    public func withoutAlpha() -> Picture {
        precondition(channels == 4, "only RGBA has alpha")
        var colours: [UInt8] = []
        colours.reserveCapacity(3 * width * height)
        for i in stride(from: 0, to: pixels.count, by: 4) { colours += pixels[i..<i + 3] }
        return Picture(width: width, height: height, channels: 3, pixels: colours)
    }

    /// RGBA with the colours of this picture, which is RGB, and the alpha of another of its size.
    public func withAlpha(of other: Picture) -> Picture {
        precondition(
            channels == 3 && other.channels == 4 && other.width == width && other.height == height,
            "\(width)x\(height)x\(channels) cannot take the alpha of "
                + "\(other.width)x\(other.height)x\(other.channels)")
        var both: [UInt8] = []
        both.reserveCapacity(other.pixels.count)
        for i in 0..<width * height {
            both += pixels[3 * i..<3 * i + 3]
            both.append(other.pixels[4 * i + 3])
        }
        return Picture(width: width, height: height, channels: 4, pixels: both)
    }
}
