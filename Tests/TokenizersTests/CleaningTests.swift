import PinxitFiles
import Testing

@testable import PinxitTokenizers

@Suite struct CleaningTests {
    @Test("Texts are cleaned as OpenAI's CLIP and OpenCLIP clean them")
    func textsAreThoseOfOpenAI() throws {
        let rows = try JSONFile.read(Fixtures.folder + "cleaned.json").array()
        #expect(rows.count > 50)
        for row in rows {
            let pair = try row.strings()
            let cleaned = OpenAIText.cleaned(pair[0])
            #expect(Array(cleaned.utf8) == Array(pair[1].utf8), "\(pair[0].debugDescription)")
        }
    }

    @Test func plainTextsStayWhatTheyAre() throws {
        for text in ["a red apple", "一只红色的猫", "été à la plage", "voilà « é »", "año", "привет"] {
            #expect(Array(OpenAIText.cleaned(text).utf8) == Array(text.utf8))
        }
    }

    @Test func onlyWhereAskedFor() throws {
        var tokenizer = try CLIPTokenizer(folder: Fixtures.folder + "trained")
        #expect(tokenizer.tokens("salt &amp; cat") != tokenizer.tokens("salt & cat"))
        tokenizer.cleansText = true
        #expect(tokenizer.tokens("salt &amp; cat") == tokenizer.tokens("salt & cat"))
    }
}
