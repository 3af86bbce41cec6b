extension Picture {
    /// One channel: the weighted sum of ITU-R 601 as Pillow rounds it (`convert("L")`). Alpha is
    /// left out.
    public var gray: Picture {
        guard channels > 1 else { return self }
        let levels = stride(from: 0, to: pixels.count, by: channels).map { i in
            let (r, g, b) = (Int(pixels[i]), Int(pixels[i + 1]), Int(pixels[i + 2]))
            return UInt8((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16)
        }
        return Picture(width: width, height: height, channels: 1, pixels: levels)
    }
}
