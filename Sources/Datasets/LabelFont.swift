import PinxitImages

/// Draws captions for contact sheets with fonts found on this system. Code points no font has
/// are drawn as empty boxes.
public final class LabelFont {
    private let fonts: [FontFace]
    private let size: Int

    /// Usual places of a Latin font and of ones with Chinese, in order of preference.
    static let candidates = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
        "/System/Library/Fonts/Helvetica.ttc",
    ]

    /// - Parameters:
    ///   - size: height of the letters in pixels.
    ///   - files: fonts to try before the usual ones.
    /// - Returns: nil where no font can be opened.
    public init?(size: Int = 11, files: [String] = []) {
        var fonts: [FontFace] = []
        for file in files + Self.candidates {
            guard let font = try? FontFace(file: file), (try? font.setPixelSize(size)) != nil else {
                continue
            }
            fonts.append(font)
        }
        guard !fonts.isEmpty else { return nil }
        self.fonts = fonts
        self.size = size
    }

    /// Whether every character has a glyph.
    public func canDraw(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in fonts.contains { $0.glyph(scalar.value) != 0 } }
    }

    /// Black on white, `width` pixels wide, as many lines as the text needs but at most `lines`.
    public func draw(_ text: String, width: Int, lines: Int) -> Picture {
        let lineHeight = size + 3
        var picture = Picture(width: width, height: lines * lineHeight, color: [255, 255, 255])
        var (x, line) = (0, 0)
        for word in pieces(text) {
            let wordWidth = word.map(\.advance).reduce(0, +)
            if x > 0 && x + wordWidth > width { (x, line) = (0, line + 1) }
            for letter in word {
                if x + letter.advance > width { (x, line) = (0, line + 1) }
                guard line < lines else { return picture }
                stamp(letter, on: &picture, x: x, baseline: line * lineHeight + size)
                x += letter.advance
            }
        }
        return picture
    }

    // Lines break behind spaces and between Chinese characters.
    private func pieces(_ text: String) -> [[FontFace.Bitmap]] {
        var words: [[FontFace.Bitmap]] = [[]]
        for scalar in text.unicodeScalars {
            if let letter = bitmap(scalar.value) { words[words.count - 1].append(letter) }
            if scalar == " " || scalar.value >= 0x2E80 { words.append([]) }
        }
        return words
    }

    private func bitmap(_ codePoint: UInt32) -> FontFace.Bitmap? {
        let font = fonts.first { $0.glyph(codePoint) != 0 } ?? fonts[0]
        return font.draw(font.glyph(codePoint), color: false)
    }

    private func stamp(
        _ letter: FontFace.Bitmap, on picture: inout Picture, x: Int, baseline: Int
    ) {
        guard letter.channels == 1 else { return }
        for row in 0..<letter.height {
            for column in 0..<letter.width {
                let (px, py) = (x + letter.left + column, baseline - letter.top + row)
                guard (0..<picture.width).contains(px), (0..<picture.height).contains(py) else {
                    continue
                }
                let i = picture.offset(x: px, y: py)
                let ink = 255 - letter.pixels[row * letter.width + column]
                for c in 0..<3 { picture.pixels[i + c] = min(picture.pixels[i + c], ink) }
            }
        }
    }
}
