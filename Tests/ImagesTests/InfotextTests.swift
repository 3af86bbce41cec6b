import Testing

@testable import PinxitImages

@Suite struct InfotextTests {
    @Test func writesWhatOthersRead() {
        let text = Infotext(
            prompt: "a red apple", negativePrompt: "blurry",
            fields: [.init("Steps", "20"), .init("Seed", "7"), .init("Lora", "a: 1, b: \"2\"")])
        #expect(
            text.text
                == "a red apple\nNegative prompt: blurry\n"
                + #"Steps: 20, Seed: 7, Lora: "a: 1, b: \"2\"""#)
        #expect(Infotext(parsing: text.text) == text)
    }

    @Test func readsSeveralLines() {
        let text = Infotext(
            parsing: """
                a castle,
                night: blue
                Negative prompt: fog,
                rain
                Steps: 20, Sampler: DPM++ 2M, CFG scale: 7, Size: 512x768, Version: v1.9

                """)
        #expect(text.prompt == "a castle,\nnight: blue")
        #expect(text.negativePrompt == "fog,\nrain")
        #expect(text["Sampler"] == "DPM++ 2M")
        #expect(text["Size"] == "512x768")
        #expect(text.fields.count == 5)
    }

    @Test("Lines may end as on Windows, and what ends so is kept whole")
    func carriageReturns() {
        let text = Infotext(
            parsing: "a castle,\r\nnight\r\nNegative prompt: fog\r\nSteps: 20, Seed: 7, Size: 8x8")
        #expect(text.prompt == "a castle,\nnight" && text.negativePrompt == "fog")
        #expect(text["Steps"] == "20" && text["Size"] == "8x8")
        let fields = [Infotext.Field("A", "x\r\ny"), .init("B", "1"), .init("C", "2")]
        let own = Infotext(prompt: "p", fields: fields)
        #expect(Infotext(parsing: own.text)["A"] == "x\r\ny")
    }

    @Test func fewPairsBelongToThePrompt() {
        let text = Infotext(parsing: "a note: here, and: there")
        #expect(text.prompt == "a note: here, and: there")
        #expect(text.fields.isEmpty)
    }

    @Test(arguments: ["", "\"", "a: \"", "a: \"\\", ":,:,:", "a: 1, b: 2, c: \"x"])
    func brokenTextIsNoTrap(text: String) {
        _ = Infotext(parsing: text)
        #expect(Infotext(prompt: text).text == text)
    }
}
