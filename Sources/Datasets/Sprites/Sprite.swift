import PinxitImages

/// One drawing of one object: a square RGBA picture with premultiplied alpha.
public struct Sprite: Sendable, Hashable {
    /// Width and height in pixels.
    public let side: Int
    /// `side * side * 4` bytes, colour already times alpha.
    public let pixels: [UInt8]

    /// - Precondition: `pixels` holds `side * side * 4` bytes.
    public init(side: Int, pixels: [UInt8]) {
        precondition(pixels.count == side * side * 4, "a sprite is square RGBA")
        self.side = side
        self.pixels = pixels
    }

    /// From straight alpha.
    public init(_ picture: Picture) {
        precondition(picture.width == picture.height && picture.channels == 4, "square RGBA needed")
        self.init(side: picture.width, pixels: picture.premultipliedByAlpha().pixels)
    }

    /// Whether it is transparent all over.
    var isEmpty: Bool { stride(from: 3, to: pixels.count, by: 4).allSatisfy { pixels[$0] == 0 } }

    func scaled(to newSide: Int) -> Sprite {
        let picture = Picture(width: side, height: side, channels: 4, pixels: pixels)
            .resized(width: newSide, height: newSide, filter: .bilinear, premultiplied: true)
        return Sprite(side: newSide, pixels: picture.pixels)
    }

    /// A duotone: luminance runs from black over the colour to white, with the drawing's median
    /// luminance on the colour itself. Rotating the hue instead would leave gray things gray
    /// and turn many-coloured ones into other mixtures.
    func tinted(_ color: TintColor) -> Sprite {
        let ramp = duotone(color.rgb, middle: medianLuminance())
        var result = pixels
        for i in stride(from: 0, to: pixels.count, by: 4) where pixels[i + 3] > 0 {
            let alpha = Int(pixels[i + 3])
            let shade = ramp[luminance(at: i)]
            result[i] = UInt8((shade.0 * alpha + 127) / 255)
            result[i + 1] = UInt8((shade.1 * alpha + 127) / 255)
            result[i + 2] = UInt8((shade.2 * alpha + 127) / 255)
        }
        return Sprite(side: side, pixels: result)
    }

    // Rec. 601 weights in 256ths, with the alpha divided out.
    @inline(__always)
    private func luminance(at i: Int) -> Int {
        let sum = 77 * Int(pixels[i]) + 150 * Int(pixels[i + 1]) + 29 * Int(pixels[i + 2])
        return min(255, (sum >> 8) * 255 / Int(pixels[i + 3]))
    }

    private func medianLuminance() -> Int {
        var histogram = [Int](repeating: 0, count: 256)
        var total = 0
        for i in stride(from: 0, to: pixels.count, by: 4) where pixels[i + 3] > 127 {
            histogram[luminance(at: i)] += 1
            total += 1
        }
        var rest = total / 2
        for (value, count) in histogram.enumerated() {
            if rest < count { return min(max(value, 40), 215) }
            rest -= count
        }
        return 128
    }

    private func duotone(_ color: (UInt8, UInt8, UInt8), middle: Int) -> [(Int, Int, Int)] {
        (0...255).map { level in
            func shade(_ value: UInt8) -> Int {
                level <= middle
                    ? Int(value) * level / middle
                    : Int(value) + (255 - Int(value)) * (level - middle) / (255 - middle)
            }
            return (shade(color.0), shade(color.1), shade(color.2))
        }
    }
}
