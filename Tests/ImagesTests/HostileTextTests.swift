import FoundationEssentials
import Testing

@testable import PinxitImages

/// Texts of pictures that anybody may have made.
@Suite struct HostileTextTests {
    private let picture = Picture(width: 4, height: 3, color: [1, 2, 3])

    private func file(_ chunks: [(String, [UInt8])]) throws -> Data {
        let plain = PNGChunks.split([UInt8](try PNG.encode(picture)))
        var file = PNGChunks.signature
        for chunk in plain {
            if chunk.type == "IDAT" {
                for (type, content) in chunks { file += PNGChunks.chunk(type, content) }
            }
            file += PNGChunks.chunk(chunk.type, chunk.content)
        }
        return Data(file)
    }

    /// zlib's form of many bytes of one value, made of stored and run-length blocks by hand would
    /// be long: this is 1032 to 1, as deflate packs zeros at best.
    private static let bomb: [UInt8] = {
        // 32 MiB of spaces: fixed codes, a literal and then copies of 258 from one before.
        var bits: [Bool] = []
        func put(_ value: Int, _ count: Int) {
            for i in 0..<count { bits.append(value >> i & 1 == 1) }
        }
        func code(_ value: Int, _ count: Int) {
            for i in (0..<count).reversed() { bits.append(value >> i & 1 == 1) }
        }
        put(1, 1)
        put(1, 2)
        code(0x30 + 32, 8)
        for _ in 0..<(32 << 20) / 258 {
            code(0xC0 + 5, 8)  // length 258
            code(0, 5)  // distance 1
        }
        code(0, 7)
        var bytes: [UInt8] = [0x78, 0x9C]
        for start in stride(from: 0, to: bits.count, by: 8) {
            var byte: UInt8 = 0
            for i in 0..<min(8, bits.count - start) where bits[start + i] { byte |= 1 << UInt8(i) }
            bytes.append(byte)
        }
        return bytes + [0, 0, 0, 0]
    }()

    @Test func packedTextsAreRead() throws {
        // "hello" as a stored block.
        let packed: [UInt8] =
            [0x78, 0x01, 1, 5, 0, 0xFA, 0xFF] + Array("hello".utf8) + [0x06, 0x2C, 0x02, 0x15]
        let texts = try PNG.texts(
            in: file([
                ("zTXt", Array("parameters\0\0".utf8) + packed),
                ("iTXt", Array("prompt\0".utf8) + [1, 0, 0, 0] + packed),
                ("iTXt", Array("other\0".utf8) + [0, 0] + Array("zh\0键\0苹果".utf8)),
            ]))
        #expect(
            texts == [
                PNGText(key: "parameters", text: "hello"), PNGText(key: "prompt", text: "hello"),
                PNGText(key: "other", text: "苹果"),
            ])
    }

    @Test(arguments: ["zTXt", "iTXt"]) func aBombIsRefused(type: String) throws {
        let head = type == "zTXt" ? Array("a\0\0".utf8) : Array("a\0".utf8) + [1, 0, 0, 0]
        let bytes = try file([(type, head + Self.bomb)])
        let refusal = ImageError.unreadable(
            file: "a.png", reason: "its texts take more than 16 MiB")
        #expect(throws: refusal) { try PNG.texts(in: bytes, name: "a.png") }
        // The pixels are there all the same.
        #expect(try PNG.decode(bytes).width == 4)
    }

    @Test func manyTextsAreRefused() throws {
        let one = ("tEXt", Array("a\0b".utf8))
        let bytes = try file(Array(repeating: one, count: 1001))
        #expect(throws: ImageError.self) { try PNG.texts(in: bytes) }
        #expect(try PNG.texts(in: file(Array(repeating: one, count: 1000))).count == 1000)
    }

    @Test func damagedTextsAreLeftOut() throws {
        let texts = try PNG.texts(
            in: file([
                ("tEXt", Array("no end".utf8)), ("zTXt", Array("a\0\0broken".utf8)),
                ("zTXt", Array("a\0".utf8) + [7]), ("iTXt", Array("a\0".utf8)), ("tEXt", []),
                ("iTXt", Array("a\0".utf8) + [1, 0, 0, 0]), ("tEXt", Array("b\0c".utf8)),
            ]))
        #expect(texts == [PNGText(key: "b", text: "c")])
    }

    // MARK: EXIF

    /// A structure with one user comment, in the directory of the picture itself.
    private func exif(comment: [UInt8], big: Bool = true, tag: Int = 0x9286) -> EXIF? {
        func number(_ value: Int, _ size: Int) -> [UInt8] {
            let bytes = (0..<size).map { UInt8(value >> (8 * $0) & 255) }
            return big ? bytes.reversed() : bytes
        }
        return EXIF(
            Array((big ? "MM" : "II").utf8) + number(42, 2) + number(8, 4) + number(1, 2)
                + number(tag, 2) + number(7, 2) + number(comment.count, 4) + number(26, 4)
                + number(0, 4) + comment)
    }

    @Test(arguments: [true, false], [true, false])
    func userCommentsOfEitherOrderAreRead(big: Bool, isBigText: Bool) {
        let text = "苹果 a red apple\nSteps: 20"
        let units = text.utf16.flatMap { unit in
            isBigText
                ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
        }
        let found = exif(comment: Array("UNICODE\0".utf8) + units, big: big)?.texts
        #expect(found == [PNGText(key: "parameters", text: text)])
    }

    @Test func brokenUTF16IsReplacedAndNotTrapped() {
        for bytes: [UInt8] in [[0xD8], [0xD8, 0x00], [0xDC, 0x00, 0xD8, 0x00, 0x41], []] {
            let texts = exif(comment: Array("UNICODE\0".utf8) + bytes)?.texts
            #expect(texts?.count == 1)
        }
    }

    @Test func textsOfOtherProgramsAreFound() {
        #expect(
            exif(comment: Array("{\"prompt\": 1}".utf8))?.texts.first?.text == "{\"prompt\": 1}")
        let comfy = exif(comment: Array("prompt:{\"3\": 1}\0".utf8), tag: 0x0110)
        #expect(comfy?.texts == [PNGText(key: "prompt", text: "{\"3\": 1}")])
        let scheme = exif(comment: Array("fooocus\0".utf8), tag: 0x927C)
        #expect(scheme?.texts == [PNGText(key: "fooocus_scheme", text: "fooocus")])
    }

    @Test func aClaimedLengthBeyondTheEndIsNoText() {
        for count in [0x7FFF_FFFF, 0xFFFF_FFFF, 1000] {
            let bytes: [UInt8] =
                Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0x92, 0x86, 0, 7]
                + PNGChunks.bytes(UInt32(truncatingIfNeeded: count)) + [0, 0, 0, 26, 0, 0, 0, 0]
            #expect(EXIF(bytes)?.texts == [])
        }
    }

    // MARK: XMP

    @Test(arguments: PictureFormat.allCases) func xmpIsKept(format: PictureFormat) throws {
        let xmp = XMP([
            .init(.iptc, "AISystemUsed", "A \"system\" <&> 苹果"), .init(.tc260, "AIGC", "{\"a\":1}"),
        ])
        let texts = [
            PNGText(key: "parameters", text: "a cat"), PNGText(key: XMP.pngKey, text: xmp.text),
        ]
        let bytes = try picture.encoded(as: format, texts: texts)
        let found = try Picture.texts(encoded: bytes, name: "a")
        #expect(found == texts)
        #expect(try Picture(encoded: bytes, name: "a").width == 4)
        #expect(
            XMP.value(of: "Iptc4xmpExt:AISystemUsed", in: found[1].text)
                == "A \"system\" <&> 苹果")
        #expect(XMP.value(of: "TC260:AIGC", in: found[1].text) == "{\"a\":1}")
        #expect(XMP.value(of: "a:b", in: "<a:b>c &lt; d</a:b>") == "c < d")
        #expect(
            XMP.value(of: "a:b", in: "<a:b>c") == nil && XMP.value(of: "a:b", in: "a:b=") == nil)
    }

    /// Of the shorter side a twentieth, in a corner, and nothing else is touched.
    @Test(arguments: [(512, 768), (32, 32), (640, 100), (1, 1), (9, 200)])
    func theMarkIsInTheCorner(width: Int, height: Int) {
        let grey = Picture(width: width, height: height, color: [120, 120, 120])
        let marked = GeneratedMark.zh.put(on: grey)
        #expect((marked.width, marked.height) == (width, height) && marked != grey)
        if min(width, height) > 90 {
            #expect(GeneratedMark.Place(grey).height * 20 >= min(width, height))
            #expect(marked.pixels[0] == 120)
            #expect(marked.pixels.max() ?? 0 > 240)
        }
        #expect(GeneratedMark.zh.put(on: grey.rgb()).channels == grey.rgb().channels)
    }

    @Test("What lies behind the end of a PNG is none of its chunks")
    func behindTheEnd() throws {
        let whole = try file([("tEXt", Array("Title\u{0}a cat".utf8))])
        #expect(try PNG.texts(in: whole + Data(count: 4096)).map(\.text) == ["a cat"])
        #expect(throws: ImageError.self) { try PNG.texts(in: whole.dropLast(12)) }
    }

    @Test("Packed texts that are damaged are read a few times only")
    func damagedTexts() throws {
        var packed = Array("Title\u{0}\u{0}".utf8) + [0x78, 0x9C]
        packed += [3, 0, 0, 0, 0, 9]
        func texts(_ count: Int) throws -> [PNGText] {
            try PNG.texts(in: try file(Array(repeating: ("zTXt", packed), count: count)))
        }
        #expect(try texts(16).isEmpty)
        let error = #expect(throws: ImageError.self) { try texts(17) }
        #expect("\(try #require(error))".contains("damaged"))
    }
}
