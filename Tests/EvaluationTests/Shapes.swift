import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Thirty made-up things, each a blocky shape of its own in a colour of its own, in three styles
/// that differ as the real ones do: filled, filled with a black outline, outline only.
enum Shapes {
    static let library: SpriteLibrary = {
        let rows = (0..<30).map { number -> String in
            let key = String(0x1000 + number, radix: 16)
            return "\(key)\tcore\ta\tthing\(number)\tthings\(number)\t-\t个\t东西\(number)\t-"
        }
        let vocabulary = try! ObjectTable.parse(rows.joined(separator: "\n"), file: "shapes")
        var sprites: [DrawingStyle: [String: Sprite]] = [:]
        for style in DrawingStyle.allCases {
            for (number, entry) in vocabulary.enumerated() {
                sprites[style, default: [:]][entry.key] = drawing(number, style)
            }
        }
        let manifest = DatasetManifest(
            recipe: DatasetRecipe(), vocabulary: vocabulary, spriteSide: 48,
            sprites: sprites.mapValues { $0.keys.sorted() })
        return SpriteLibrary(manifest: manifest, sprites: sprites)
    }()

    static func composer() -> Composer { Composer(library: library, split: .everything) }

    private static func drawing(_ number: Int, _ style: DrawingStyle) -> Sprite {
        var random = SplitMix64(seed: 7, index: number)
        let blocks = (0..<36).map { _ in random.chance(0.6) }
        let color = (0..<3).map { _ in UInt8(60 + random.below(150)) }
        func isFilled(_ x: Int, _ y: Int) -> Bool {
            (0..<48).contains(x) && (0..<48).contains(y) && blocks[y / 8 * 6 + x / 8]
        }
        var picture = Picture(width: 48, height: 48, color: [0, 0, 0, 0])
        for y in 0..<48 {
            for x in 0..<48 where isFilled(x, y) {
                let isInside =
                    isFilled(x - 2, y) && isFilled(x + 2, y) && isFilled(x, y - 2)
                    && isFilled(x, y + 2)
                if style == .line && isInside { continue }
                let isInk = style != .plain && !isInside
                let i = picture.offset(x: x, y: y)
                for c in 0..<3 { picture.pixels[i + c] = isInk ? 10 : color[c] }
                picture.pixels[i + 3] = 255
            }
        }
        return Sprite(picture)
    }
}
