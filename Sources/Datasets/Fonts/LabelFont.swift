import PinxitImages

/// Draws captions for contact sheets with fonts found on this system. In place of characters that
/// no font has, the package that brings one is named.
public final class LabelFont {
    private var fonts: [FontFace]
    private let size: Int
    private let isSearching: Bool
    /// Code points that no font of the system has.
    private var missing: Set<UInt32> = []

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
    ///   - isSearching: whether fonts beyond those are looked for when a character needs one.
    /// - Returns: nil where no font can be opened.
    public convenience init?(size: Int = 11, files: [String] = [], isSearching: Bool = true) {
        self.init(size: size, only: files + Self.candidates, isSearching: isSearching)
    }

    init?(size: Int, only files: [String], isSearching: Bool) {
        var fonts: [FontFace] = []
        for file in files {
            guard let font = try? FontFace(file: file), (try? font.setPixelSize(size)) != nil else {
                continue
            }
            fonts.append(font)
        }
        if fonts.isEmpty, isSearching {
            fonts = InstalledFonts.face(with: 0x61, size: size).map { [$0] } ?? []
        }
        guard !fonts.isEmpty else { return nil }
        self.fonts = fonts
        self.size = size
        self.isSearching = isSearching
    }

    /// The font that has a code point, looked for on the whole system where none here has it.
    private func font(of codePoint: UInt32) -> FontFace? {
        if let font = fonts.first(where: { $0.glyph(codePoint) != 0 }) { return font }
        // A text of anybody's may have any characters: not every one of them is looked for.
        guard isSearching, missing.count < 64, !missing.contains(codePoint) else { return nil }
        guard let font = InstalledFonts.face(with: codePoint, size: size) else {
            missing.insert(codePoint)
            return nil
        }
        fonts.append(font)
        return font
    }

    /// Whether every character has a glyph.
    public func canDraw(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { font(of: $0.value) != nil }
    }

    /// Black on white, `width` pixels wide, as many lines as the text needs but at most `lines`.
    public func draw(_ text: String, width: Int, lines: Int) -> Picture {
        let lineHeight = size + 3
        var picture = Picture(width: width, height: lines * lineHeight, color: [255, 255, 255])
        var (x, line) = (0, 0)
        for word in pieces(drawable(text)) {
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

    /// The text with the name of a package in place of each stretch that no font has.
    func drawable(_ text: String) -> String {
        var (result, package) = ("", String?.none)
        for scalar in text.unicodeScalars {
            let isBlank = scalar.properties.isWhitespace || scalar.value < 0x20
            if !isBlank, font(of: scalar.value) == nil {
                let wanted = LabelFont.package(with: scalar.value)
                if package != wanted { result += "[\(wanted)]" }
                package = wanted
            } else {
                result.unicodeScalars.append(scalar)
                if !isBlank { package = nil }
            }
        }
        return result
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
        let font = font(of: codePoint) ?? fonts[0]
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
