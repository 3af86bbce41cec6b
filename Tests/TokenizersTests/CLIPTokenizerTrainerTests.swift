import PinxitFiles
import Testing

@testable import PinxitTokenizers

@Suite struct CLIPTokenizerTrainerTests {
    private func trained() throws -> CLIPVocabulary {
        var trainer = CLIPTokenizerTrainer(vocabularySize: 660)
        for caption in try Fixtures.captions() { trainer.add(String(caption)) }
        return trainer.train()
    }

    @Test func filesAreThoseOfThePlainImplementation() throws {
        let folder = try Fixtures.temporaryFolder()
        try trained().write(to: folder, modelMaxLength: 32)
        for name in [
            "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        ] {
            let expected = try readFile(Fixtures.folder + "trained/" + name)
            #expect(try readFile(folder + name) == expected, "\(name)")
        }
        let tokenizer = try CLIPTokenizer(folder: folder)
        #expect(tokenizer.vocabularySize == 660)
    }

    @Test func aCaptionFitsItsWindow() throws {
        let tokenizer = try trained().tokenizer(modelMaxLength: 32)
        let caption = "一只红色的猫在一只蓝色的狗的左边，黄色背景"
        #expect(tokenizer.encodeCounting(caption).truncated == 0)
        #expect(tokenizer.decode(tokenizer.tokens(caption)) == "一只红色的猫在一只蓝色的狗的左边 ， 黄色背景")
    }

    @Test func noSymbolStraddlesACharacter() throws {
        for symbol in try trained().symbols.dropFirst(512).dropLast(2) {
            let bytes = symbol.replacing("</w>", with: "").unicodeScalars.compactMap(
                ByteAlphabet.byte)
            let whole = String(validating: bytes, as: UTF8.self)
            #expect(whole != nil || bytes.count < 4)
            #expect((whole ?? "").unicodeScalars.count { $0.value >= 0x800 } <= 3)
        }
    }

    @Test func frequentPairsRunOut() {
        var trainer = CLIPTokenizerTrainer(vocabularySize: 5_000)
        trainer.add("aaaa aaaa")
        let vocabulary = trainer.train()
        // aaaa: a a → aa, then a a</w> → aa</w>, then the two.
        #expect(vocabulary.merges.map { "\($0.0) \($0.1)" } == ["a a", "a a</w>", "aa aa</w>"])
        #expect(vocabulary.symbols.count == 512 + 3 + 2)
    }
}
