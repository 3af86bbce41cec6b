import FoundationEssentials
import PinxitFiles

extension Picture {
    /// Reads a PNG or GIF (as RGBA), JPEG (as gray or RGB), WebP or BMP (as RGB or RGBA) file, told
    /// apart by contents, turns it upright where it says how it lies (EXIF, else XMP), and its
    /// colours to sRGB where it has an ICC profile for others. Of an animation the first frame is
    /// read.
    ///
    /// - Parameters:
    ///   - maxPixels: A file that claims more is refused before memory is taken.
    ///   - shortSide: As for ``JPEG/decode(_:name:maxPixels:shortSide:)``.
    ///   - warn: Told, in a sentence that begins with the name, of a profile that cannot be used,
    ///     whose numbers are taken for sRGB then, and of 16 bits a channel, of which 8 are kept.
    public init(
        file: String, maxPixels: Int = Picture.usualLargestCount, shortSide: Int? = nil,
        warn: (String) -> Void = { _ in }
    ) throws(ImageError) {
        try self.init(
            encoded: try contents(of: file), name: file, maxPixels: maxPixels,
            shortSide: shortSide, warn: warn)
    }

    /// Decodes what a file holds, as ``init(file:maxPixels:shortSide:warn:)`` does.
    ///
    /// - Parameter name: What the picture is called in errors.
    public init(
        encoded bytes: Data, name: String, maxPixels: Int = Picture.usualLargestCount,
        shortSide: Int? = nil, warn: (String) -> Void = { _ in }
    ) throws(ImageError) {
        let stored =
            switch FoundFormat(bytes) {
            case .own(.png): try PNG.decode(bytes, name: name, maxPixels: maxPixels)
            case .own(.jpeg):
                try JPEG.stored(bytes, name: name, maxPixels: maxPixels, shortSide: shortSide)
            case .own(.webP): try WebP.decode(bytes, name: name, maxPixels: maxPixels)
            case .gif: try GIF.decode(bytes, name: name, maxPixels: maxPixels)
            case .bmp: try BMP.decode(bytes, name: name, maxPixels: maxPixels)
            case .other(let found): throw ImageError.unknownFormat(file: name, found: found)
            case .unknown: throw ImageError.unknownFormat(file: name)
            }
        if case .own(.png) = FoundFormat(bytes), PNG.isDeep(bytes) {
            warn("\(name): it has 16 bits a channel and is read in 8")
        }
        let coloured = stored.inSRGB(by: bytes) { warn("\(name): \($0)") }
        self = Orientation(in: bytes).map(coloured.turned) ?? coloured
    }

    /// The texts that a picture file carries beside its pixels: the text entries of PNG, and what
    /// EXIF and XMP keep of them in JPEG and WebP.
    ///
    /// - Throws: `ImageError` where the file is damaged or of another kind.
    public static func texts(encoded bytes: Data, name: String) throws(ImageError) -> [PNGText] {
        switch FoundFormat(bytes) {
        case .own(.png): try PNG.texts(in: bytes, name: name)
        case .own(let format):
            Self.bounded(
                (EXIF(in: bytes)?.texts ?? [])
                    + [format == .jpeg ? JPEG.xmp(in: bytes) : WebP.xmp(in: bytes)]
                    .compactMap { $0.map { PNGText(key: XMP.pngKey, text: $0) } })
        case .gif, .bmp: []
        case .other(let found): throw .unknownFormat(file: name, found: found)
        case .unknown: throw .unknownFormat(file: name)
        }
    }

    /// A few texts, none longer than those of a PNG may be together.
    private static func bounded(_ texts: [PNGText]) -> [PNGText] {
        texts.filter { $0.text.utf8.count <= PNG.largestTexts }
    }

    /// The contents of a picture file in a format; `texts` are kept in it.
    ///
    /// - Parameter lossless: Whether every pixel is kept, where the format can: JPEG cannot.
    public func encoded(
        as format: PictureFormat, lossless: Bool = false, texts: [PNGText] = []
    ) throws(ImageError) -> Data {
        switch format {
        case .png: try PNG.encode(self, texts: texts)
        case .jpeg: try JPEG.encode(self, texts: texts)
        case .webP: try WebP.encode(self, lossless: lossless, texts: texts)
        }
    }

    /// Writes the format that the end of the name says, PNG where it says none, under a temporary
    /// name that is renamed at the end.
    public func write(to file: String, texts: [PNGText] = []) throws(ImageError) {
        try Self.write(try encoded(as: PictureFormat(name: file) ?? .png, texts: texts), to: file)
    }

    /// Writes what a file is to hold in the same way.
    public static func write(_ bytes: Data, to file: String) throws(ImageError) {
        do {
            try AtomicFile.write(to: file) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
        } catch {
            throw .cannotWrite(file: file, reason: (error as? FileError)?.problem ?? "\(error)")
        }
    }
}

extension EXIF {
    /// What a picture file of any format holds of it.
    init?(in bytes: Data) {
        let found: EXIF? =
            switch PictureFormat(contents: bytes) {
            case .png: PNG.exif(in: bytes)
            case .jpeg: JPEG.exif(in: bytes)
            case .webP: WebP.exif(in: bytes)
            case nil: nil
            }
        guard let found else { return nil }
        self = found
    }
}

extension Orientation {
    /// What a picture file says: EXIF, and XMP where EXIF says nothing, as Pillow has it.
    init?(in bytes: Data) {
        let number =
            EXIF(in: bytes)?.orientation
            ?? XMP.packet(in: bytes).flatMap { packet in
                XMP.value(of: XMP.orientation, in: packet).flatMap { Int($0) }
            }
        guard let number else { return nil }
        self.init(rawValue: number)
    }
}

extension XMP {
    /// The packet of a picture file of any format.
    fileprivate static func packet(in bytes: Data) -> String? {
        switch PictureFormat(contents: bytes) {
        case .png: (try? PNG.texts(in: bytes))?.first { $0.key == pngKey }?.text
        case .jpeg: JPEG.xmp(in: bytes)
        case .webP: WebP.xmp(in: bytes)
        case nil: nil
        }
    }
}

private func contents(of file: String) throws(ImageError) -> Data {
    do {
        return Data(try readFile(file))
    } catch {
        throw .unreadable(file: file, reason: error.problem)
    }
}
