import PinxitPlatform

extension Picture {
    /// Blurred by about a Gaussian of so many pixels: three boxes in each direction, equal to
    /// Pillow's `GaussianBlur` (`BoxBlur.c`). Pixels at the edge go on beyond it. RGBA has to be
    /// premultiplied.
    public func blurred(radius: Double) -> Picture {
        precondition(radius >= 0, "a blur of \(radius) pixels")
        guard radius > 0 else { return self }
        let box = Box(gaussian: radius, passes: 3)
        return blurredAcross(box, passes: 3).transposed
            .blurredAcross(box, passes: 3).transposed
    }

    /// A box whose sides are not whole pixels: its outermost ones count in part.
    private struct Box {
        /// Whole pixels to each side of the middle.
        let reach: Int
        /// The weight of a whole pixel and of the two outermost, with 24 bits after the point.
        let whole: UInt32
        let outer: UInt32

        /// The box that, so many times in a row, has the variance of a Gaussian.
        init(gaussian radius: Double, passes: Int) {
            let variance = radius * radius / Double(passes)
            let length = (12 * variance + 1).squareRoot()
            let half = ((length - 1) / 2).rounded(.down)
            var part = (2 * half + 1) * (half * (half + 1) - 3 * variance)
            part /= 6 * (variance - (half + 1) * (half + 1))
            let box = Float(half + part)
            reach = Int(box)
            whole = UInt32(Float(1 << 24) / (box * 2 + 1))
            outer = (1 << 24 - UInt32(reach * 2 + 1) * whole) / 2
        }
    }

    /// Columns as rows.
    private var transposed: Picture {
        var result = Picture(
            width: height, height: width, channels: channels,
            pixels: [UInt8](repeating: 0, count: pixels.count))
        for y in 0..<height {
            for x in 0..<width {
                let (from, to) = (offset(x: x, y: y), result.offset(x: y, y: x))
                for c in 0..<channels { result.pixels[to + c] = pixels[from + c] }
            }
        }
        return result
    }

    private func blurredAcross(_ box: Box, passes: Int) -> Picture {
        var result = self
        result.pixels.withUnsafeMutableBufferPointer { pixels in
            var line = [UInt8](repeating: 0, count: width)
            for y in 0..<height {
                for c in 0..<channels {
                    let first = y * width * channels + c
                    for _ in 0..<passes {
                        for x in 0..<width { line[x] = pixels[first + x * channels] }
                        blur(line, box) { pixels[first + $0 * channels] = $1 }
                    }
                }
            }
        }
        return result
    }

    private func blur(_ line: [UInt8], _ box: Box, _ write: (Int, UInt8) -> Void) {
        let last = line.count - 1
        func pixel(_ x: Int) -> UInt32 { UInt32(line[max(0, min(last, x))]) }
        var sum: UInt32 = 0
        for x in -box.reach - 1..<box.reach { sum &+= pixel(x) }
        for x in 0...last {
            sum = sum &+ pixel(x + box.reach) &- pixel(x - box.reach - 1)
            let outer = pixel(x - box.reach - 1) &+ pixel(x + box.reach + 1)
            let total = sum &* box.whole &+ outer &* box.outer &+ 1 << 23
            write(x, UInt8(truncatingIfNeeded: total >> 24))
        }
    }
}
