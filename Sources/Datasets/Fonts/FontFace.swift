import CPinxitFreeType

/// One font file open in FreeType. Not for sharing between threads, as FreeType's faces are not.
final class FontFace {
    let file: String
    private let library: FT_Library
    let face: FT_Face

    /// - Parameter index: Which font of a collection.
    init(file: String, index: Int = 0) throws(DatasetError) {
        var library: FT_Library?
        guard FT_Init_FreeType(&library) == 0, let library else {
            throw .badFont(file: file, reason: "FreeType cannot be started")
        }
        var face: FT_Face?
        let code = FT_New_Face(library, file, FT_Long(index), &face)
        guard code == 0, let face else {
            FT_Done_FreeType(library)
            throw .badFont(file: file, reason: "FreeType cannot open it (error \(code))")
        }
        self.file = file
        self.library = library
        self.face = face
    }

    deinit {
        FT_Done_Face(face)
        FT_Done_FreeType(library)
    }

    /// The glyph of one code point by the font's cmap, 0 where there is none.
    func glyph(_ codePoint: UInt32) -> Int { Int(FT_Get_Char_Index(face, FT_ULong(codePoint))) }

    /// A whole table of the font, such as "GSUB"; nil where it has none or claims over 64 MB.
    func table(_ tag: String) -> [UInt8]? {
        let number = tag.utf8.reduce(FT_ULong(0)) { $0 << 8 | FT_ULong($1) }
        var length: FT_ULong = 0
        guard FT_Load_Sfnt_Table(face, number, 0, nil, &length) == 0, length < 64 << 20 else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard FT_Load_Sfnt_Table(face, number, 0, &bytes, &length) == 0 else { return nil }
        return bytes
    }

    func setPixelSize(_ pixels: Int) throws(DatasetError) {
        guard FT_Set_Pixel_Sizes(face, 0, FT_UInt(pixels)) == 0 else {
            throw .badFont(file: file, reason: "no size of \(pixels) pixels")
        }
    }

    /// The bitmap FreeType has just drawn, rows tightly packed.
    struct Bitmap {
        var width: Int
        var height: Int
        /// From the pen to the left edge, and up from the baseline to the top edge.
        var left: Int
        var top: Int
        /// 1 (coverage) or 4 (premultiplied blue, green, red, alpha).
        var channels: Int
        var pixels: [UInt8]
        var advance: Int
    }

    /// Draws a glyph at the current size; nil where FreeType cannot.
    func draw(_ glyph: Int, color: Bool) -> Bitmap? {
        let flags = color ? FT_LOAD_COLOR | FT_LOAD_RENDER : FT_LOAD_NO_HINTING | FT_LOAD_RENDER
        guard FT_Load_Glyph(face, FT_UInt(glyph), FT_Int32(flags)) == 0,
            let slot = face.pointee.glyph
        else { return nil }
        let raw = slot.pointee.bitmap
        let channels: Int
        switch FT_Pixel_Mode(UInt32(raw.pixel_mode)) {
        case FT_PIXEL_MODE_BGRA: channels = 4
        case FT_PIXEL_MODE_GRAY: channels = 1
        default: return nil
        }
        let width = Int(raw.width) * channels
        var pixels: [UInt8] = []
        if width > 0 && raw.rows > 0 {
            guard raw.pitch >= width, raw.buffer != nil else { return nil }
        }
        for row in 0..<Int(raw.rows) where width > 0 {
            let start = raw.buffer! + row * Int(raw.pitch)
            pixels.append(contentsOf: UnsafeBufferPointer(start: start, count: width))
        }
        return Bitmap(
            width: Int(raw.width), height: Int(raw.rows), left: Int(slot.pointee.bitmap_left),
            top: Int(slot.pointee.bitmap_top), channels: channels, pixels: pixels,
            advance: Int(slot.pointee.advance.x) >> 6)
    }
}
