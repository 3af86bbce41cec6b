import PinxitFiles
import Testing

@testable import PinxitDatasets

@Suite struct FontTableTests {
    /// A GSUB table with one lookup of type 4: glyphs 5 7 -> 20, 5 7 9 -> 21; by coverage ranges
    /// where asked.
    static func gsub(ranges: Bool = false, isExtension: Bool = false) -> [UInt8] {
        var words: [UInt16] = [1, 0, 0, 0, 10]  // version, script, feature, lookup list at 10
        words += [1, 4]  // one lookup, at 14
        words += [isExtension ? 7 : 4, 0, 1, 8]  // type, flags, one subtable, at 22
        if isExtension { words += [1, 4, 0, 8] }
        let coverage: [UInt16] = ranges ? [2, 1, 5, 5, 0] : [1, 1, 5]
        let setOffset = UInt16(8 + coverage.count * 2)
        words += [1, 8, 1, setOffset] + coverage
        words += [2, 6, 12]  // two ligatures
        words += [20, 2, 7] + [21, 3, 7, 9]
        return words.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    @Test(arguments: [false, true], [false, true])
    func readsLigatures(ranges: Bool, isExtension: Bool) throws {
        let bytes = Self.gsub(ranges: ranges, isExtension: isExtension)
        let table = try #require(LigatureTable(gsub: bytes))
        #expect(table.count == 2)
        #expect(table[[5, 7]] == 20)
        #expect(table[[5, 7, 9]] == 21)
        #expect(table[[5]] == nil && table[[7, 5]] == nil)
    }

    @Test func everyCutIsRefused() {
        let bytes = Self.gsub()
        for length in 0..<bytes.count {
            #expect(LigatureTable(gsub: Array(bytes.prefix(length))) == nil, "\(length) bytes")
        }
    }

    /// Every single byte set to 0, 1, 127 and 255: refused or read, never a trap.
    @Test func noByteMakesItTrap() {
        for bytes in [Self.gsub(), Self.gsub(ranges: true), Self.gsub(isExtension: true)] {
            for position in bytes.indices {
                for value in [0, 1, 127, 255] as [UInt8] {
                    var damaged = bytes
                    damaged[position] = value
                    if let table = LigatureTable(gsub: damaged) {
                        #expect(table.count <= LigatureTable.largestCount)
                    }
                }
            }
        }
    }

    @Test func annotationsAreRead() throws {
        let xml = """
            <?xml version="1.0" encoding="UTF-8" ?>
            <ldml><annotations>
            <!-- not these
            \t<annotation cp="" type="tts">space</annotation>
            -->
            \t<annotation cp="🐱">cat | face | pets &amp; friends</annotation>
            \t<annotation cp="🐱" type="tts">cat face</annotation>
            \t<annotation cp="🏻" type="tts">light skin tone</annotation>
            </annotations></ldml>
            """
        var annotations = Annotations()
        try annotations.read(xml, file: "en.xml")
        #expect(annotations.names == ["1f431": "cat face", "1f3fb": "light skin tone"])
        #expect(annotations.keywords == ["1f431": ["cat", "face", "pets & friends"]])
        #expect(throws: DatasetError.self) {
            var broken = Annotations()
            try broken.read("<annotation cp=\"🐱\">cat", file: "en.xml")
        }
    }

    @Test func emojiTestKeepsFullyQualified() throws {
        let text = """
            # group: Food
            1F34E ; fully-qualified # 🍎 E0.6 red apple
            2764 FE0F 200D 1F525 ; fully-qualified # heart on fire
            2764 200D 1F525 ; unqualified # heart on fire
            """
        #expect(try EmojiTest.keys(text, file: "t") == ["1f34e", "2764_200d_1f525"])
    }

    /// FIPS 180-4's example, the empty message and one of several blocks.
    @Test func sha256() {
        #expect(
            SHA256.hex(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hex([])
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hex([UInt8](repeating: 0x61, count: 1_000))
                == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
    }
}
