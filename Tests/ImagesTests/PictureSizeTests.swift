import FoundationEssentials
import Testing

@testable import PinxitImages

/// Small files that claim much, and pictures that are long.
@Suite struct PictureSizeTests {
    /// A PNG's beginning: what it claims, and no pixels.
    private func head(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        PNGChunks.signature
            + PNGChunks.chunk(
                "IHDR", PNGChunks.bytes(width) + PNGChunks.bytes(height) + [1, 0, 0, 0, 0])
    }

    @Test func moreThanTheLimitIsRefusedBeforeItIsDecoded() throws {
        let bomb = Data(head(16384, 16384) + PNGChunks.chunk("IDAT", [0x78]))
        #expect(
            throws: ImageError.tooLarge(
                file: "a.png", width: 16384, height: 16384, limit: 178_956_970)
        ) { try Picture(encoded: bomb, name: "a.png") }
        let small = Picture(width: 40, height: 30, color: [1, 2, 3])
        for format in PictureFormat.allCases {
            let bytes = try small.encoded(as: format)
            #expect(
                throws: ImageError.tooLarge(file: "a", width: 40, height: 30, limit: 1199)
            ) { try Picture(encoded: bytes, name: "a", maxPixels: 1199) }
            #expect(try Picture(encoded: bytes, name: "a", maxPixels: 1200).height == 30)
        }
    }

    @Test func panoramasAreRead() throws {
        var picture = Picture(width: 40000, height: 2, color: [0])
        picture.pixels[79_999] = 7
        let png = try Picture(encoded: PNG.encode(picture), name: "a.png")
        #expect((png.width, png.height, png.pixels[4 * 79_999]) == (40000, 2, 7))
        let jpeg = try Picture(encoded: JPEG.encode(picture), name: "a.jpg")
        #expect((jpeg.width, jpeg.height) == (40000, 2))
        #expect(throws: ImageError.self) { try WebP.encode(picture) }
    }

    /// 47 bytes that once took 2 GB: a text chunk that claims to be longer than its file.
    @Test func aChunkLongerThanTheFileIsRefused() throws {
        let claim = PNGChunks.bytes(0x7FFF_FFFF) + Array("zTXta".utf8) + [0, 0]
        let file = Data(head(8, 8) + claim)
        #expect(
            throws: ImageError.unreadable(file: "a.png", reason: "the file ends early")
        ) { try Picture(encoded: file, name: "a.png") }
        #expect(throws: ImageError.self) { try PNG.texts(in: file) }
    }

    @Test func jpegsComeReducedWhereThatIsEnough() throws {
        let picture = Picture(width: 160, height: 96, color: [200, 100, 50])
        let bytes = try JPEG.encode(picture)
        for (side, width, height) in [
            (0, 160, 96), (97, 160, 96), (96, 160, 96), (48, 80, 48), (30, 80, 48), (24, 40, 24),
            (12, 20, 12), (1, 20, 12),
        ] {
            let reduced = try JPEG.decode(bytes, shortSide: side)
            #expect((reduced.width, reduced.height) == (width, height), "\(side)")
            #expect(abs(Int(reduced.pixels[0]) - 200) <= 2)
        }
        #expect(try JPEG.decode(bytes).width == 160)
    }

    @Test func aPartOfAResizedPictureIsThatPart() {
        let pixels = (0..<13 * 9 * 3).map { UInt8($0 * 37 % 256) }
        let picture = Picture(width: 13, height: 9, channels: 3, pixels: pixels)
        for (width, height) in [(5, 4), (30, 31), (13, 20), (7, 9), (13, 9)] {
            let (columns, rows) = (1..<width - 2, 2..<height - 1)
            let part = picture.resized(
                width: width, height: height, filter: .bicubic, columns: columns, rows: rows)
            let whole = picture.resized(width: width, height: height, filter: .bicubic)
            #expect(
                part
                    == whole.cropped(
                        x: 1, y: 2, width: columns.count, height: rows.count), "\(width)")
        }
    }
}
