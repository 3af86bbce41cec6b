import FoundationEssentials
import Synchronization
import Testing

@testable import PinxitImages

/// Colour profiles and XMP's orientation, as Pillow and its Little CMS read them.
@Suite struct ColorProfileTests {
    static let cases = PictureCase.all("profiles.json")

    /// Two versions of Little CMS round to levels differently.
    @Test(arguments: cases) func isTurnedAsPillowDoes(item: PictureCase) throws {
        var warnings: [String] = []
        let picture = try Picture(encoded: item.data, name: item.name) { warnings.append($0) }
        #expect(warnings == [])
        #expect([picture.width, picture.height] == item.size)
        let ours = item.channels == 4 || picture.channels == 1 ? picture : picture.rgb()
        let theirs = bytes(item.pixels)
        guard picture.channels == 1 else {
            #expect(ours.channels == item.channels)
            #expect(ours.pixels.count == theirs.count)
            #expect(difference(ours.pixels, theirs) <= 1)
            return
        }
        #expect(difference(ours.pixels.flatMap { [$0, $0, $0] }, theirs) <= 1)
    }

    @Test func everyCaseIsThere() { #expect(Self.cases.count == 22) }

    @Test func sRGBChangesNothing() throws {
        let file = try file("png, sRGB")
        #expect(try Picture(encoded: file, name: "a") == PNG.decode(file))
    }

    @Test func profilesDoChangeColours() throws {
        for name in [
            "png, Display P3", "jpeg, Adobe RGB", "png, gray of gamma 2.2", "png, a table",
        ] {
            let file = try file(name)
            let stored =
                try name.hasPrefix("jpeg") ? JPEG.decode(file) : PNG.decode(file)
            #expect(
                difference(try Picture(encoded: file, name: "a").pixels, stored.pixels) > 3,
                "\(name)")
        }
    }

    /// What stands behind the file's name in the only warning.
    private func warning(_ file: Data) throws -> String {
        var warnings: [String] = []
        let picture = try Picture(encoded: file, name: "a") { warnings.append($0) }
        let stored =
            try PictureFormat(contents: file) == .png ? PNG.decode(file) : JPEG.decode(file)
        #expect(picture == stored)
        #expect(warnings.count == 1)
        return warnings.first ?? ""
    }

    private func file(_ name: String) throws -> Data {
        try #require(Self.cases.first { $0.name == name }).data
    }

    /// A PNG whose profile is these bytes, packed.
    private func png(_ packed: [UInt8], gray: Bool = false) throws -> Data {
        let picture = Picture(width: 3, height: 2, color: gray ? [70] : [10, 200, 30])
        let plain = PNGChunks.split([UInt8](try PNG.encode(picture)))
        var file = PNGChunks.signature
        for chunk in plain {
            file += PNGChunks.chunk(chunk.type, chunk.content)
            if chunk.type == "IHDR" {
                file += PNGChunks.chunk("iCCP", Array("a".utf8) + [0, 0] + packed)
            }
        }
        return Data(file)
    }

    private func packedProfile(of name: String) throws -> [UInt8] {
        let chunks = PNGChunks.split([UInt8](try file(name)))
        let chunk = try #require(chunks.first { $0.type == "iCCP" })
        return Array(chunk.content.drop { $0 != 0 }.dropFirst(2))
    }

    @Test func whatCannotBeUsedIsLeftOutWithAWarning() throws {
        #expect(try warning(png([1, 2, 3])) == "a: its colour profile is damaged and is left out")
        #expect(try warning(png([])).contains("is damaged"))
        let p3 = try packedProfile(of: "png, Display P3")
        #expect(
            try warning(png(p3, gray: true))
                == "a: its colour profile is for another kind of colours and is left out")
        let gray = try packedProfile(of: "png, gray of gamma 2.2")
        #expect(try warning(png(gray)).contains("is for another kind of colours"))
    }

    /// Zlib packs zeros a thousandfold.
    @Test func aProfileThatIsTooLargeIsNotUnpacked() throws {
        let zeros = [UInt8](repeating: 0, count: (4 << 20) + 1)
        let stored = stride(from: 0, to: zeros.count, by: 65535).flatMap { start -> [UInt8] in
            let count = min(65535, zeros.count - start)
            let isLast: UInt8 = start + count == zeros.count ? 1 : 0
            let low = [UInt8(count & 255), UInt8(count >> 8)]
            return [isLast] + low + low.map { ~$0 } + zeros[start..<start + count]
        }
        // The sum of Adler 32 over zeros.
        let b = zeros.count % 65521
        let packed = [0x78, 0x01] + stored + [UInt8(b >> 8), UInt8(b & 255), 0, 1]
        #expect(try warning(png(packed)).contains("has more than 4 MiB"))
    }

    @Test func aJPEGWithoutOneOfThePiecesHasADamagedProfile() throws {
        let file = [UInt8](try file("jpeg, Display P3 in three pieces"))
        // The first segment holds the third piece.
        let length = Int(file[4]) << 8 | Int(file[5])
        let without = Data(file.prefix(2) + file.dropFirst(4 + length))
        #expect(try warning(without).contains("is damaged"))
        var twice = file
        twice[18] = 1
        #expect(try warning(Data(twice)).contains("is damaged"))
    }

    /// Bytes of a profile wrong: it is used or left out, and nothing traps. Tables take long.
    @Test(arguments: [
        ("jpeg, CMYK", 61), ("jpeg, Adobe RGB", 5), ("jpeg, gray of gamma 1.8", 3),
    ])
    func damagedProfilesDoNotTrap(name: String, step: Int) throws {
        let file = [UInt8](try file(name))
        let start = try #require(Data(file).firstRange(of: Data("ICC_PROFILE".utf8))).upperBound
        let end = start + (Int(file[start - 13]) << 8 | Int(file[start - 12])) - 14
        for place in stride(from: start, to: end, by: step) {
            for value in [UInt8(0), 0xFF] {
                var changed = file
                changed[place] = value
                let picture = try Picture(encoded: Data(changed), name: "a")
                #expect(picture.width == 24)
            }
        }
    }
}

@Suite struct XMPTests {
    private let property = XMP.Property(.iptc, "DigitalSourceType", "a&b")

    @Test func aPropertyIsSetInItsPlace() {
        let attribute = XMP.setting(
            property, in: XMP([.init(.iptc, "DigitalSourceType", "x")]).text)
        #expect(XMP.value(of: "Iptc4xmpExt:DigitalSourceType", in: attribute) == "a&b")
        #expect(attribute == XMP([property]).text)
        let element = "<rdf:RDF><Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>"
        #expect(
            XMP.setting(property, in: element)
                == "<rdf:RDF><Iptc4xmpExt:DigitalSourceType>a&amp;b</Iptc4xmpExt:DigitalSourceType>"
        )
    }

    @Test func aPropertyIsAddedToWhatIsThere() {
        let other = XMP([.init(.adobe, "CreatorTool", "Camera")]).text
        let both = XMP.setting(property, in: other)
        #expect(XMP.value(of: "xmp:CreatorTool", in: both) == "Camera")
        #expect(XMP.value(of: "Iptc4xmpExt:DigitalSourceType", in: both) == "a&b")
        #expect(XMP.setting(property, in: "no RDF") == XMP([property]).text)
    }
}
