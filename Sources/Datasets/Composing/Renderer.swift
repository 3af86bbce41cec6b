import PinxitImages
import PinxitTensors

extension Composer {
    /// Paints the spec: RGB, `size` pixels a side. The same spec and size give the same bytes.
    public func render(_ spec: PictureSpec, size: Int) -> Picture {
        precondition(size >= 16, "pictures of \(size) pixels are too small to draw")
        let ground = spec.background.rgb
        var canvas = [UInt8](unsafeUninitializedCapacity: size * size * 3) { out, count in
            for i in stride(from: 0, to: size * size * 3, by: 3) {
                out[i] = ground.0
                out[i + 1] = ground.1
                out[i + 2] = ground.2
            }
            count = size * size * 3
        }
        let poses = poses(spec)
        for placed in Placement.of(spec, size: size, scales: poses.map(\.scale)) {
            let part = spec.parts[placed.part]
            let key = SpriteCache.Key(
                object: part.object, style: spec.style, color: part.color, side: placed.side,
                pose: poses[placed.part])
            let sprite = cache.sprite(key) {
                let drawing = drawing(part, spec.style)
                return (part.color.map(drawing.tinted) ?? drawing).posed(key.pose)
                    .scaled(to: placed.side)
            }
            blend(sprite, on: &canvas, size: size, x: placed.x, y: placed.y)
        }
        return Picture(width: size, height: size, channels: 3, pixels: canvas)
    }

    /// One for each part: several of a thing are alike.
    private func poses(_ spec: PictureSpec) -> [Pose] {
        spec.parts.enumerated().map { number, part in
            Pose(
                spec, part: number, recipe.variety, isOneSided: captions.entry(part).isOneSided)
        }
    }

    private func drawing(_ part: PictureSpec.Part, _ style: DrawingStyle) -> Sprite {
        guard let sprite = library.sprites[style]?[part.object] else {
            preconditionFailure("no drawing of \(part.object) in style \(style.rawValue)")
        }
        return sprite
    }

    private func blend(_ sprite: Sprite, on canvas: inout [UInt8], size: Int, x: Int, y: Int) {
        let side = sprite.side
        precondition(
            x >= 0 && y >= 0 && x + side <= size && y + side <= size, "a sprite leaves the canvas")
        canvas.withUnsafeMutableBufferPointer { target in
            sprite.pixels.withUnsafeBufferPointer { source in
                for row in 0..<side {
                    var s = row * side * 4
                    var t = ((y + row) * size + x) * 3
                    for _ in 0..<side {
                        let rest = 255 - UInt32(source[s + 3])
                        if rest < 255 {
                            for c in 0..<3 {
                                let under = UInt32(target[t + c]) * rest + 128
                                let sum = UInt32(source[s + c]) + ((under + (under >> 8)) >> 8)
                                target[t + c] = UInt8(truncatingIfNeeded: min(sum, 255))
                            }
                        }
                        s += 4
                        t += 3
                    }
                }
            }
        }
    }
}

/// Where one sprite lies on the canvas, in pixels.
struct Placement: Hashable {
    var part: Int
    var x: Int
    var y: Int
    var side: Int

    /// All lengths are fractions of the canvas, so every size shows the same picture.
    ///
    /// - Parameter scales: Of the usual side, one for each part.
    static func of(_ spec: PictureSpec, size: Int, scales: [Double]) -> [Placement] {
        var random = SplitMix64(seed: spec.jitter)
        func at(_ part: Int, _ centerX: Double, _ centerY: Double, _ share: Double) -> Placement {
            let side = max(1, Int((share * scales[part] * Double(size)).rounded()))
            func corner(_ center: Double) -> Int {
                let moved = center + (random.unit() - 0.5) * 0.04
                let corner = Int((moved * Double(size) - Double(side) / 2).rounded())
                return min(max(corner, 0), size - side)
            }
            let x = corner(centerX)
            return Placement(part: part, x: x, y: corner(centerY), side: side)
        }
        switch spec.layout {
        case .single:
            return [at(0, 0.5, 0.5, 0.80 + 0.03 * Double(random.below(5)))]
        case .place(let position, let objectSize):
            let share = objectSize == .small ? 0.38 : 0.54
            let reach = (1 - share) / 2 - 0.03
            let (dx, dy) = position.direction
            return [at(0, 0.5 + reach * Double(dx), 0.5 + reach * Double(dy), share)]
        case .pair(let relation):
            let isVertical = relation == .above || relation == .below
            var firstLow = relation == .left || relation == .above
            if relation == .beside { firstLow = random.chance(0.5) }
            let (one, other) = firstLow ? (0.26, 0.74) : (0.74, 0.26)
            return isVertical
                ? [at(0, 0.5, one, 0.46), at(1, 0.5, other, 0.46)]
                : [at(0, one, 0.5, 0.46), at(1, other, 0.5, 0.46)]
        case .count(let count):
            let share = count > 4 ? 0.3 : 0.43
            return centers(count).map { at(0, $0.0, $0.1, share) }
        }
    }

    private static func centers(_ count: Int) -> [(Double, Double)] {
        switch count {
        case 2: [(0.26, 0.5), (0.74, 0.5)]
        case 3: [(0.5, 0.26), (0.26, 0.74), (0.74, 0.74)]
        case 4: [(0.26, 0.26), (0.74, 0.26), (0.26, 0.74), (0.74, 0.74)]
        // As on dice.
        case 5: [(0.2, 0.2), (0.8, 0.2), (0.5, 0.5), (0.2, 0.8), (0.8, 0.8)]
        default:
            [(0.26, 0.72)].flatMap { low, high in
                [0.18, 0.5, 0.82].flatMap { [($0, low), ($0, high)] }
            }
        }
    }
}
