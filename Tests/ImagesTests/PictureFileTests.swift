import FoundationEssentials
import Testing

@testable import PinxitImages

/// Files as other programs write them, read as Pillow reads them.
@Suite struct PictureFileTests {
    static let cases = PictureCase.all("pictures.json")

    @Test(arguments: cases) func equalsPillow(item: PictureCase) throws {
        let picture = try Picture(encoded: item.data, name: item.name)
        #expect([picture.width, picture.height] == item.size)
        let ours = item.channels == 4 ? picture : picture.rgb()
        #expect(ours.channels == item.channels)
        let theirs = bytes(item.pixels)
        #expect(ours.pixels.count == theirs.count)
        #expect(difference(ours.pixels, theirs) == 0)
    }

    @Test func everyCaseIsThere() { #expect(Self.cases.count == 36) }

    @Test func contentsDecideWhatAFileIs() throws {
        let picture = Picture(width: 4, height: 3, color: [10, 200, 30])
        for format in PictureFormat.allCases {
            let bytes = try picture.encoded(as: format)
            #expect(PictureFormat(contents: bytes) == format)
            let back = try Picture(encoded: bytes, name: "picture.txt").rgb()
            #expect((back.width, back.height) == (4, 3))
            #expect(difference(back.pixels, picture.pixels) <= 3)
        }
        #expect(throws: ImageError.unknownFormat(file: "a.png")) {
            try Picture(encoded: Data("no picture".utf8), name: "a.png")
        }
        #expect(PictureFormat(name: "a.b/C.WebP") == .webP)
        #expect(PictureFormat(name: "a.jpeg") == .jpeg)
        #expect(PictureFormat(name: "png") == nil)
    }

    /// As `-o` keeps settings: every kind of file gives back every text.
    @Test(arguments: PictureFormat.allCases) func textsAreKept(format: PictureFormat) throws {
        let texts = [
            PNGText(key: "Description", text: "红 a café"),
            PNGText(key: "parameters", text: "a café, 苹果 🍎\nSteps: 20"),
            PNGText(key: "pinxit", text: "{\"prompt\":\"苹果\"}"),
        ]
        let picture = Picture(width: 5, height: 3, color: [1, 2, 3])
        let bytes = try picture.encoded(as: format, texts: texts)
        #expect(try Picture.texts(encoded: bytes, name: "a") == texts)
        #expect(try Picture(encoded: bytes, name: "a").width == 5)
        #expect(try Picture.texts(encoded: picture.encoded(as: format), name: "a") == [])
    }

    @Test func webPKeepsEveryPixelWhereItIsAskedTo() throws {
        var picture = Picture(width: 20, height: 9, color: [0, 0, 0, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 37) }
        let texts = [PNGText(key: "pinxit", text: "{}")]
        let bytes = try picture.encoded(as: .webP, lossless: true, texts: texts)
        #expect(try Picture(encoded: bytes, name: "a.webp") == picture)
        #expect(try Picture.texts(encoded: bytes, name: "a.webp") == texts)
    }

    @Test func webPKeepsAlphaBesideTexts() throws {
        let pixels: [UInt8] = (0..<6).flatMap { [200, 100, 50, UInt8($0 * 51)] }
        let picture = Picture(width: 3, height: 2, channels: 4, pixels: pixels)
        let bytes = try WebP.encode(picture, texts: [PNGText(key: "pinxit", text: "{}")])
        let back = try Picture(encoded: bytes, name: "a.webp")
        #expect(back.channels == 4)
        let alpha = (0..<6).map { back.pixels[4 * $0 + 3] }
        #expect(alpha == [0, 51, 102, 153, 204, 255])
    }

    /// A JPEG segment is short: the exact settings stay, what others read goes.
    @Test func whatDoesNotFitAJPEGIsLeftOut() throws {
        let picture = Picture(width: 5, height: 3, color: [1, 2, 3])
        let long = PNGText(key: "parameters", text: String(repeating: "a", count: 32_000))
        let settings = PNGText(key: "pinxit", text: String(repeating: "b", count: 32_000))
        let bytes = try JPEG.encode(picture, texts: [long, settings])
        #expect(try Picture.texts(encoded: bytes, name: "a.jpg") == [settings])
        let longer = PNGText(key: "pinxit", text: String(repeating: "b", count: 66_000))
        let without = try JPEG.encode(picture, texts: [longer])
        #expect(try Picture.texts(encoded: without, name: "a.jpg") == [])
        let webP = try WebP.encode(picture, texts: [long, longer])
        #expect(try Picture.texts(encoded: webP, name: "a.webp") == [long, longer])
    }

    @Test func damagedMetadataAreNotRead() throws {
        let whole = try #require(EXIF.fitting([PNGText(key: "pinxit", text: "abcde")], limit: 999))
        for count in 0...whole.count {
            let texts = EXIF(Array(whole.prefix(count)))?.texts ?? []
            #expect(texts.isEmpty || count == whole.count || texts[0].text.count < 6)
        }
        for place in whole.indices {
            var changed = whole
            changed[place] = 0xFF
            let exif = EXIF(changed)
            _ = exif?.texts
            #expect(exif?.orientation == nil)
        }
    }

    @Test(
        arguments: [
            (Array("II*\0".utf8), "TIFF"), ([0, 0, 0, 28] + Array("ftypavif".utf8), "AVIF"),
            ([0, 0, 0, 24] + Array("ftypmif1\0\0\0\0mif1avif".utf8), "AVIF"),
            ([0, 0, 0, 24] + Array("ftypheic".utf8), "HEIC"), ([0xFF, 0x0A, 1], "JPEG XL"),
            (Array("<svg width='1'>".utf8), "SVG"), (Array("<!DOCTYPE html>".utf8), "a web page"),
            (Array("version https://git-lfs.github.com/spec/v1".utf8), "git lfs pull"),
            ([], "an empty file"), (Array("BMW is a car, no picture".utf8), "is no picture"),
        ] as [([UInt8], String)])
    func whatIsNotReadIsNamed(bytes: [UInt8], name: String) throws {
        let error = #expect(throws: ImageError.self) {
            try Picture(encoded: Data(bytes), name: "a.png")
        }
        let text = try #require(error).description
        #expect(text.contains(name) && text.hasPrefix("a.png: is "), "\(text)")
        #expect(text.hasSuffix("PNG, JPEG, WebP, GIF and BMP are accepted"), "\(text)")
    }

    @Test(
        arguments: cases.filter {
            ($0.name.hasPrefix("gif") || $0.name.hasPrefix("bmp")) && $0.name != "gif, animation"
        })
    func damagedFilesAreRefused(item: PictureCase) throws {
        let whole = bytes(item.file)
        // A GIF's last bytes say only that it is over.
        for count in 0..<whole.count - (item.name.hasPrefix("gif") ? 8 : 1) where count % 7 == 0 {
            #expect(throws: ImageError.self, "\(count) bytes") {
                try Picture(encoded: Data(whole.prefix(count)), name: "a")
            }
        }
        for place in whole.indices.prefix(60) {
            for value in [UInt8(0), 1, 0x7F, 0xFF] {
                var changed = whole
                changed[place] = value
                let picture = try? Picture(encoded: Data(changed), name: "a", maxPixels: 10_000)
                #expect(picture.map { $0.width * $0.height <= 10_000 } ?? true)
            }
        }
    }

    @Test("Of 16 bits a channel 8 are read and that is said")
    func sixteenBits() throws {
        let file = try #require(
            Data(
                base64Encoded: """
                    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAIAAADA54+dAAAAD0lEQVR4nGNoaBQy+f8BAAleAzdQ\
                    CV/1AAAAAElFTkSuQmCC
                    """))
        var said: [String] = []
        let picture = try Picture(encoded: file, name: "deep.png") { said.append($0) }
        #expect(picture.pixels == [0x80, 0x12, 0xFF, 0xFF])
        #expect(said == ["deep.png: it has 16 bits a channel and is read in 8"])
    }

    /// A progressive JPEG, gray, of one block's scan of averages and so many of all others, each of
    /// which says in 15 bits that nothing is there.
    private static func progressive(side: Int, scans: Int) -> Data {
        func segment(_ mark: UInt8, _ content: [UInt8]) -> [UInt8] {
            [0xFF, mark, 0, UInt8(content.count + 2)] + content
        }
        func code(_ kind: UInt8, _ symbol: UInt8) -> [UInt8] {
            segment(0xC4, [kind, 1] + [UInt8](repeating: 0, count: 15) + [symbol])
        }
        let sides = [UInt8(side >> 8), UInt8(side & 255)]
        var file: [UInt8] = [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        file += segment(0xC2, [8] + sides + sides + [1, 1, 0x11, 0])
        file += code(0, 0) + code(0x10, 0xE0)
        file += segment(0xDA, [1, 1, 0, 0, 0, 0])
        file += [UInt8](repeating: 0, count: max(1, side * side / 512))
        for _ in 0..<scans { file += segment(0xDA, [1, 1, 0, 1, 63, 0]) + [0, 1] }
        return Data(file + [0xFF, 0xD9])
    }

    @Test("A progressive JPEG of endless scans is refused, one of many is not")
    func scansWithoutEnd() throws {
        _ = try JPEG.decode(Self.progressive(side: 64, scans: 400))
        let error = #expect(throws: ImageError.self) {
            try JPEG.decode(Self.progressive(side: 64, scans: 600))
        }
        #expect("\(try #require(error))".contains("more than 500 scans"))
    }

    @Test("A picture that is read reduced is bounded by what the file says")
    func reducedPicturesAreBounded() throws {
        let file = Self.progressive(side: 1024, scans: 1)
        for side in [nil, 8] {
            let error = #expect(throws: ImageError.self) {
                try JPEG.decode(file, maxPixels: 100_000, shortSide: side)
            }
            #expect("\(try #require(error))".contains("1024x1024"))
        }
        #expect(try JPEG.decode(file, shortSide: 128).width == 128)
    }
}
