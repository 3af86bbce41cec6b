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
}
