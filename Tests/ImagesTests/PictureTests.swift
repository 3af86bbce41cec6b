import Testing

@testable import PinxitImages

@Suite struct PictureTests {
    @Test func pngKeepsPixelsAndText() throws {
        let pixels = (0..<5 * 3 * 4).map { UInt8($0 * 4) }
        let picture = Picture(width: 5, height: 3, channels: 4, pixels: pixels)
        let texts = [
            PNGText(key: "parameters", text: "a café\nSteps: 20"),
            PNGText(key: "pinxit", text: "{\"prompt\":\"苹果\"}"),
        ]
        let bytes = try PNG.encode(picture, texts: texts)
        #expect(try PNG.decode(bytes) == picture)
        #expect(try PNG.texts(in: bytes) == texts)
    }

    @Test func grayAndRGBDecodeToRGBA() throws {
        let gray = Picture(width: 2, height: 1, channels: 1, pixels: [7, 200])
        #expect(try PNG.decode(PNG.encode(gray)).pixels == [7, 7, 7, 255, 200, 200, 200, 255])
    }

    @Test func damagedFilesAreNamed() throws {
        let bytes = try PNG.encode(Picture(width: 9, height: 9, color: [1, 2, 3]))
        #expect(throws: ImageError.self) { try PNG.decode(bytes.prefix(50)) }
        #expect(
            throws: ImageError.unreadable(file: "x.png", reason: "not a PNG file (wrong signature)")
        ) {
            try PNG.decode(bytes.dropFirst(3), name: "x.png")
        }
        #expect(throws: ImageError.self) { try JPEG.decode(bytes) }
        let jpeg = try JPEG.encode(Picture(width: 40, height: 40, color: [1, 2, 3]))
        #expect(throws: ImageError.self) { try JPEG.decode(jpeg.prefix(jpeg.count / 2)) }
    }

    @Test func jpegKeepsFlatColour() throws {
        let picture = Picture(width: 16, height: 8, color: [200, 100, 50])
        let back = try JPEG.decode(JPEG.encode(picture, quality: 95))
        #expect((back.width, back.height, back.channels) == (16, 8, 3))
        #expect(zip(back.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    }

    @Test func pasteCutsAndBlends() {
        var base = Picture(width: 2, height: 2, color: [100, 100, 100])
        base.paste(Picture(width: 2, height: 2, color: [200, 0, 100, 128]), x: 1, y: 1)
        #expect(base.pixels == [100, 100, 100, 100, 100, 100, 100, 100, 100, 150, 50, 100])
        #expect(base.cropped(x: 1, y: 1, width: 1, height: 1).pixels == [150, 50, 100])
    }
}
