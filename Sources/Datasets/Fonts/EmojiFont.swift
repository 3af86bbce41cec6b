import CPinxitFreeType
import PinxitImages

/// A font of coloured pictures, seen as sprites of `side` pixels.
final class EmojiFont {
    static let side = 128
    private let font: FontFace
    private let ligatures: LigatureTable

    init(file: String) throws(DatasetError) {
        font = try FontFace(file: file)
        guard let gsub = font.table("GSUB"), let ligatures = LigatureTable(gsub: gsub) else {
            throw .badFont(file: file, reason: "its table GSUB is missing or damaged")
        }
        self.ligatures = ligatures
    }

    /// The glyph of a sequence given without variation selectors: by cmap, else as ligature,
    /// at last with FE0F behind the code points below U+3000, which some fonts keep.
    func glyph(_ codePoints: [UInt32]) -> Int? {
        if let found = exactGlyph(codePoints) { return found }
        return exactGlyph(
            codePoints.flatMap { $0 < 0x3000 && $0 != 0x200D ? [$0, 0xFE0F] : [$0] })
    }

    private func exactGlyph(_ codePoints: [UInt32]) -> Int? {
        let glyphs = codePoints.map(font.glyph)
        guard !glyphs.contains(0) else { return nil }
        return glyphs.count == 1 ? glyphs[0] : ligatures[glyphs]
    }

    /// Noto: the font holds one PNG of 136x128 per glyph (tables CBDT and CBLC).
    func bitmapSprite(_ codePoints: [UInt32]) -> Sprite? {
        guard let glyph = glyph(codePoints), FT_Select_Size(font.face, 0) == 0,
            let bitmap = font.draw(glyph, color: true), bitmap.channels == 4,
            (1...512).contains(bitmap.width), (1...512).contains(bitmap.height)
        else { return nil }
        let square = max(bitmap.width, bitmap.height)
        var pixels = [UInt8](repeating: 0, count: square * square * 4)
        let (left, top) = ((square - bitmap.width) / 2, (square - bitmap.height) / 2)
        for y in 0..<bitmap.height {
            for x in 0..<bitmap.width {
                let source = (y * bitmap.width + x) * 4
                let target = ((y + top) * square + x + left) * 4
                for c in 0..<3 { pixels[target + c] = bitmap.pixels[source + 2 - c] }
                pixels[target + 3] = bitmap.pixels[source + 3]
            }
        }
        return Sprite(side: square, pixels: pixels).scaled(to: Self.side)
    }

    /// The size, baseline and offset at which a font's pictures fill 128 pixels.
    struct Fit {
        var size: Int
        var baseline: Int
        var left: Int

        static let openMoji = Fit(size: 99, baseline: 102, left: 0)
        static let twemoji = Fit(size: 116, baseline: 104, left: 6)
    }

    /// The picture is a stack of one-colour glyphs (tables COLR and CPAL, version 0).
    /// - Parameter blackOnly: only the layers that are nearly black, which are its outlines.
    func layeredSprite(
        _ codePoints: [UInt32], _ fit: Fit, blackOnly: Bool = false
    ) throws(DatasetError) -> Sprite? {
        try font.setPixelSize(fit.size)
        var palette: UnsafeMutablePointer<FT_Color>?
        var paletteSize = FT_Palette_Data()
        guard let glyph = glyph(codePoints), FT_Palette_Select(font.face, 0, &palette) == 0,
            FT_Palette_Data_Get(font.face, &paletteSize) == 0, let palette
        else { return nil }
        var pixels = [UInt8](repeating: 0, count: Self.side * Self.side * 4)
        var hasLayers = false
        var layer: FT_UInt = 0
        var colorIndex: FT_UInt = 0
        var iterator = FT_LayerIterator()
        while FT_Get_Color_Glyph_Layer(font.face, FT_UInt(glyph), &layer, &colorIndex, &iterator)
            != 0
        {
            var color = FT_Color(blue: 0, green: 0, red: 0, alpha: 255)
            if colorIndex != 0xFFFF {
                guard colorIndex < paletteSize.num_palette_entries else { return nil }
                color = palette[Int(colorIndex)]
            }
            if blackOnly && max(color.red, color.green, color.blue) >= 40 { continue }
            guard let bitmap = font.draw(Int(layer), color: false), bitmap.channels == 1 else {
                continue
            }
            hasLayers = true
            paint(bitmap, color, fit, on: &pixels)
        }
        return hasLayers ? Sprite(side: Self.side, pixels: pixels) : nil
    }

    private func paint(
        _ bitmap: FontFace.Bitmap, _ color: FT_Color, _ fit: Fit, on pixels: inout [UInt8]
    ) {
        let rgb = [Int(color.red), Int(color.green), Int(color.blue)]
        for row in 0..<bitmap.height {
            let y = fit.baseline - bitmap.top + row
            guard (0..<Self.side).contains(y) else { continue }
            for column in 0..<bitmap.width {
                let x = fit.left + bitmap.left + column
                guard (0..<Self.side).contains(x) else { continue }
                let coverage = Int(bitmap.pixels[row * bitmap.width + column])
                let alpha = (coverage * Int(color.alpha) + 127) / 255
                let i = (y * Self.side + x) * 4
                for c in 0..<3 {
                    pixels[i + c] = UInt8(
                        (rgb[c] * alpha + Int(pixels[i + c]) * (255 - alpha) + 127) / 255)
                }
                pixels[i + 3] = UInt8(
                    (255 * alpha + Int(pixels[i + 3]) * (255 - alpha) + 127) / 255)
            }
        }
    }
}
