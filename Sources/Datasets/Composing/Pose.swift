import PinxitImages
import PinxitPlatform
import PinxitTensors

/// How a drawing is shown in one picture.
struct Pose: Hashable {
    /// With left and right exchanged, before it is turned.
    var isMirrored = false
    /// Clockwise.
    var degrees = 0
    /// Of its usual side, above 0 to 1.
    var scale = 1.0
}

extension Pose {
    /// The pose of a part, drawn from the spec's jitter alone, but from a stream of its own: what
    /// else follows from the jitter is the same with variety and without.
    init(
        _ spec: PictureSpec, part: Int, _ variety: DatasetRecipe.Variety?, isOneSided: Bool
    ) {
        self.init()
        guard let variety else { return }
        var random = SplitMix64(seed: spec.jitter ^ 0x706F_7365, index: part)
        let isMirrored = random.chance(variety.mirroredShare)
        self.isMirrored = isMirrored && !isOneSided
        degrees = random.below(2 * variety.turn + 1) - variety.turn
        scale = 1 - variety.shrink * random.unit()
    }
}

extension Sprite {
    /// Mirrored and turned; the scale is left to whoever places it.
    func posed(_ pose: Pose) -> Sprite {
        let sprite = pose.isMirrored ? mirrored : self
        return pose.degrees == 0 ? sprite : sprite.turned(clockwise: pose.degrees)
    }

    private var mirrored: Sprite {
        let picture = Picture(width: side, height: side, channels: 4, pixels: pixels)
        return Sprite(side: side, pixels: picture.mirrored.pixels)
    }

    /// Turned about the middle of its square, and made smaller where it would leave that.
    func turned(clockwise degrees: Int) -> Sprite {
        let angle = Double(degrees) * .pi / 180
        let (cosine, sine) = (cos(angle), sin(angle))
        let zoom = max(1, 2 * reach(cosine, sine) / Double(side))
        let middle = Double(side - 1) / 2
        var result = [UInt8](repeating: 0, count: pixels.count)
        for row in 0..<side {
            for column in 0..<side {
                let (x, y) = ((Double(column) - middle) * zoom, (Double(row) - middle) * zoom)
                put(
                    middle + cosine * x + sine * y, middle - sine * x + cosine * y,
                    into: &result, at: 4 * (row * side + column))
            }
        }
        return Sprite(side: side, pixels: result)
    }

    /// How far from the middle, along either axis, what is drawn lies once it is turned.
    private func reach(_ cosine: Double, _ sine: Double) -> Double {
        let middle = Double(side - 1) / 2
        var reach = 0.0
        for row in 0..<side {
            for column in 0..<side where pixels[4 * (row * side + column) + 3] > 0 {
                let (x, y) = (Double(column) - middle, Double(row) - middle)
                reach = max(reach, abs(cosine * x - sine * y), abs(sine * x + cosine * y))
            }
        }
        // A pixel is drawn to its corners.
        return reach + (abs(cosine) + abs(sine)) / 2
    }

    /// Bilinear between pixel centres; beyond the square nothing is drawn.
    private func put(_ x: Double, _ y: Double, into result: inout [UInt8], at place: Int) {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        var sum = (0.0, 0.0, 0.0, 0.0)
        for (row, rowShare) in [(Int(top), 1 - (y - top)), (Int(top) + 1, y - top)]
        where (0..<side).contains(row) {
            for (column, share) in [(Int(left), 1 - (x - left)), (Int(left) + 1, x - left)]
            where (0..<side).contains(column) {
                let (i, weight) = (4 * (row * side + column), rowShare * share)
                sum.0 += weight * Double(pixels[i])
                sum.1 += weight * Double(pixels[i + 1])
                sum.2 += weight * Double(pixels[i + 2])
                sum.3 += weight * Double(pixels[i + 3])
            }
        }
        result[place] = UInt8(sum.0 + 0.5)
        result[place + 1] = UInt8(sum.1 + 0.5)
        result[place + 2] = UInt8(sum.2 + 0.5)
        result[place + 3] = UInt8(sum.3 + 0.5)
    }
}
