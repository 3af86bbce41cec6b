import PinxitImages
import Testing

@testable import PinxitDatasets

/// Words on sheets.
@Suite struct LabelFontTests {
    private static let latin = LabelFont.candidates.filter { $0.contains("DejaVuSans.ttf") }

    @Test func whereNoFontHasThemAPackageIsNamed() throws {
        guard let font = LabelFont(size: 12, only: Self.latin, isSearching: false) else { return }
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
    @Test func anyInstalledFontIsFound() throws {
        guard let font = LabelFont(size: 12, only: Self.latin, isSearching: true) else { return }
        guard InstalledFonts.face(with: 0x7EA2, size: 12) != nil else { return }
        #expect(font.canDraw("红") && font.drawable("红") == "红")
        let ink = font.draw("红", width: 20, lines: 1).pixels
        #expect(ink.contains { $0 < 100 })
    }

    /// A text of noncharacters is not looked for one by one.
    @Test func manyCharactersThatNobodyHasEndSoon() {
        guard let font = LabelFont(size: 12, only: Self.latin, isSearching: true) else { return }
        var text = String.UnicodeScalarView()
        for value in UInt32(0xF_0000)..<0xF_2000 { text.append(Unicode.Scalar(value)!) }
        #expect(font.drawable(String(text)) == "[fonts-noto-core]")
    }
}
