import PinxitImages
import Testing

@testable import PinxitDatasets

/// Words on sheets.
@Suite struct LabelFontTests {
    private static let latin = LabelFont.candidates.filter { $0.contains("DejaVuSans.ttf") }
    private static let hasLatin = LabelFont(size: 12, only: latin, isSearching: false) != nil
    private static let hasHan = InstalledFonts.face(with: 0x7EA2, size: 12) != nil

    @Test(.enabled(if: hasLatin, "the package fonts-dejavu-core has the font"))
    func whereNoFontHasThemAPackageIsNamed() throws {
        let font = try #require(LabelFont(size: 12, only: Self.latin, isSearching: false))
        #expect(font.drawable("a red apple") == "a red apple")
        #expect(font.drawable("红 苹果, a") == "[fonts-wqy-microhei] , a")
        #expect(font.drawable("x 한국") == "x [fonts-noto-cjk]")
        #expect(!font.canDraw("红"))
        #expect(
            LabelFont.advice(on: ["a", "红苹果"], font) == [
                "no font has some of the labels' characters; the Debian package "
                    + "fonts-wqy-microhei has one"
            ])
        #expect(LabelFont.advice(on: ["a"], font) == [])
        #expect(LabelFont.advice(on: ["a"], nil) == [LabelFont.missing])
    }

    /// Where fontconfig or a folder has a font with the characters, it is found by itself.
    @Test(.enabled(if: hasLatin && hasHan, "the package fonts-wqy-microhei has such a font"))
    func anyInstalledFontIsFound() throws {
        let font = try #require(LabelFont(size: 12, only: Self.latin, isSearching: true))
        #expect(font.canDraw("红") && font.drawable("红") == "红")
        let ink = font.draw("红", width: 20, lines: 1).pixels
        #expect(ink.contains { $0 < 100 })
    }

    /// A text of unassigned characters is not looked for one by one.
    @Test(
        .enabled(if: hasLatin, "the package fonts-dejavu-core has the font"),
        .timeLimit(.minutes(1)))
    func manyCharactersThatNobodyHasEndSoon() throws {
        let font = try #require(LabelFont(size: 12, only: Self.latin, isSearching: true))
        var text = String.UnicodeScalarView()
        for value in UInt32(0x5_0000)..<0x5_2000 { text.append(Unicode.Scalar(value)!) }
        #expect(font.drawable(String(text)) == "[fonts-noto-core]")
    }
}
