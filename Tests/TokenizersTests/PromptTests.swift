import PinxitTestSupport
import Testing

@testable import PinxitTokenizers

/// AUTOMATIC1111's and ComfyUI's syntax: where no other source is named, cases of the first's own
/// documentation.
@Suite struct PromptTests {
    /// By the web UI's `get_learned_conditioning_prompt_schedules` with 10 steps, then 4 of a
    /// second pass.
    @Test(arguments: [
        ("[a:b:0.5]", "aaaaabbbbb", "bbbb"), ("[a:b:1.5]", "aaaaaaaaaa", "aabb"),
        ("[a:b:3]", "aaabbbbbbb", "bbbb"), ("[a:b:12]", "aaaaaaaaaa", "aabb"),
        ("[a|b]", "ababababab", "abab"),
    ])
    func schedulesOfTwoPasses(_ text: String, _ first: String, _ second: String) {
        let scheduled = ScheduledText(text)
        #expect((1...10).map { scheduled.text(at: $0, of: 10) }.joined() == first)
        #expect((1...4).map { scheduled.text(at: $0, of: 4, after: 10) }.joined() == second)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let stretches: [(String, Double)]
        var testDescription: String { text }

        init(_ text: String, _ stretches: (String, Double)...) {
            (self.text, self.stretches) = (text, stretches)
        }
    }

    static let weights: [Case] = [
        Case("normal text", ("normal text", 1)),
        Case("an (important) word", ("an ", 1), ("important", 1.1), (" word", 1)),
        Case("(unbalanced", ("unbalanced", 1.1)),
        Case(#"\(literal\]"#, ("(literal]", 1)),
        Case("(unnecessary)(parens)", ("unnecessaryparens", 1.1)),
        Case(
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            ("a ", 1), ("house", 1.5730000000000004), (" ", 1.1), ("on", 1), (" a ", 1.1),
            ("hill", 0.55), (", sun, ", 1.1), ("sky", 1.4641000000000006), (".", 1.1)),
        Case("[[a]]", ("a", 1 / 1.1 / 1.1)),
        // Not closed, not opened, no number: text, as it falls out of the rules.
        Case("a) b] c:1.5) d", ("a) b] c:1.5) d", 1)),
        Case(
            "(a:b) (c:1.2.3) (d: +.5 )", ("a:b", 1.1), (" ", 1), ("c:1.2.3", 1.1), (" ", 1),
            ("d", 0.5)),
        Case("(a:2.) b", ("a", 2), (" b", 1)),
        // Kept, so that a text without brackets is always as it stands.
        Case(#"¯\_"#, (#"¯\_"#, 1)),
        Case(#"a \\(b) \"#, (#"a \"#, 1), ("b", 1.1), (#" \"#, 1)),
        Case("", ("", 1)),
        Case("（红：1.5）【花】", ("（红：1.5）【花】", 1)),
    ]

    @Test(arguments: weights) func bracketsWeigh(_ known: Case) {
        expect(Emphasis.a1111.sections(of: known.text), [known.stretches])
    }

    static let comfy: [Case] = [
        Case("a (b) [c]", ("a ", 1), ("b", 1.1), (" [c]", 1)),
        Case("((a))", ("a", 1.1 * 1.1)),
        // A number counts by itself, whatever is around it.
        Case("(a (b:1.5):0.5)", ("a ", 0.5), ("b", 1.5)),
        Case("(a:b) (unbalanced", ("a:b", 1.1), (" ", 1), ("(unbalanced", 1)),
        Case(#"\(a\) (b\):2)"#, ("(a) ", 1), ("b)", 2)),
        Case("", ("", 1)),
    ]

    @Test(arguments: comfy) func parenthesesWeighAsInComfyUI(_ known: Case) {
        expect(Emphasis.comfy.sections(of: known.text), [known.stretches])
    }

    private func expect(_ found: [[WeightedText]], _ expected: [[(String, Double)]]) {
        #expect(found.map { $0.map(\.text) } == expected.map { $0.map(\.0) })
        for (own, other) in zip(found.joined(), expected.joined()) {
            #expect(abs(own.weight - other.1) < 1e-12, "\(own)")
        }
    }

    @Test("Full-width signs are syntax where that is asked for")
    func fullWidth() {
        expect(
            Emphasis.a1111Wide.sections(of: "一朵（红：1.5）【花】"),
            [[("一朵", 1), ("红", 1.5), ("花", 1 / 1.1)]])
        expect(Emphasis.off.sections(of: "(a:2) BREAK"), [[("(a:2) BREAK", 1)]])
    }

    @Test("BREAK begins a section, as a word of its own")
    func breaks() {
        expect(
            Emphasis.a1111.sections(of: "a  BREAK\nb BREAKER (c BREAK d:2)"),
            [[("a", 1)], [("b BREAKER ", 1), ("c", 2)], [("d", 2)]])
        expect(Emphasis.comfy.sections(of: "a BREAK b"), [[("a BREAK b", 1)]])
        #expect(Prompt("a [b BREAK c:3]", .a1111).hasBreaks && !Prompt("a", .a1111).hasBreaks)
    }

    @Test("Brackets without end take no quadratic time")
    func deepBrackets() {
        let deep = String(repeating: "([a:", count: 10_000)
        #expect(Emphasis.a1111.sections(of: deep).count == 1)
        #expect(Emphasis.comfy.sections(of: String(repeating: "(a", count: 10_000)).count == 1)
        #expect(ScheduledText(deep).isConstant)
    }
}

@Suite struct ScheduledTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let steps: [Int]
        let texts: [String]
        var testDescription: String { text }

        /// - Parameter stages: Of ten steps, each with its last.
        init(_ text: String, _ stages: (Int, String)...) {
            self.text = text
            (steps, texts) = (stages.map { $0.0 }, stages.map { $0.1 })
        }
    }

    static let cases: [Case] = [
        Case("test", (10, "test")),
        Case("a [b:3]", (3, "a "), (10, "a b")),
        Case("a [b: 3]", (3, "a "), (10, "a b")),
        Case("a [[[b]]:2]", (2, "a "), (10, "a [[b]]")),
        Case("[(a:2):3]", (3, ""), (10, "(a:2)")),
        Case("a [b : c : 1] d", (1, "a b  d"), (10, "a  c  d")),
        Case("a[b:[c:d:2]:1]e", (1, "abe"), (2, "ace"), (10, "ade")),
        Case("a [unbalanced", (10, "a [unbalanced")),
        Case("a [b:.5] c", (5, "a  c"), (10, "a b c")),
        Case("a [{b|d{:.5] c", (5, "a  c"), (10, "a {b|d{ c")),
        Case("((a][:b:c [d:3]", (3, "((a][:b:c "), (10, "((a][:b:c d")),
        Case("a [b::0.25]", (2, "a b"), (10, "a ")),
        Case("a [b:c:0] [d:-1]", (10, "a c d")),
        Case("a [b:c:99] [d:1e30]", (10, "a b ")),
        Case("a [b:c] [0.5] [:]", (10, "a [b:c] [0.5] [:]")),
        Case(#"a \[b:c:3\] [\]d:2]"#, (2, #"a \[b:c:3\] "#), (10, #"a \[b:c:3\] \]d"#)),
    ]

    @Test(arguments: cases) func textsChangeAfterSteps(_ known: Case) {
        let found = ScheduledText(known.text).stages(of: 10)
        #expect(found.map(\.lastStep) == known.steps)
        #expect(found.map(\.text) == known.texts)
    }

    @Test(arguments: [
        ("[a|(b:1.1)]", ["a", "(b:1.1)"]), ("[fe|]male", ["female", "male"]),
        ("[fe|||]male", ["female", "male", "male", "male"]),
    ])
    func textsAlternate(_ text: String, _ turns: [String]) {
        let found = ScheduledText(text).stages(of: 10)
        #expect(found.map(\.text) == (0..<10).map { turns[$0 % turns.count] })
        #expect(found.map(\.lastStep) == Array(1...10))
    }

    @Test("AND puts texts together, each with the number behind it")
    func composition() {
        func parts(_ text: String) -> [String] {
            Prompt(text, .a1111).parts.map { "\($0.text.text(at: 1, of: 1))|\($0.weight)" }
        }
        #expect(
            parts("a cat :1.2 AND a dog AND a (bird:2) : -0.5 ") == [
                "a cat|1.2", " a dog|1.0", " a (bird:2)|-0.5",
            ])
        #expect(parts("a cat: 3") == ["a cat: 3|1.0"])
        #expect(parts("SAND AND1 a_AND") == ["SAND AND1 a_AND|1.0"])
        #expect(Prompt("a AND b", .a1111, isComposed: false).parts.count == 1)
        #expect(Prompt("a AND b", .comfy).parts.count == 1 && Prompt("a AND b", .off).isConstant)
    }

    @Test func plainTextsAreAllThatIsSaid() {
        #expect(
            Prompt("a [(red:1.2):blue:5] apple AND [fe|]male", .a1111).plainTexts(of: 10)
                == ["a red apple", "a blue apple", " female", " male"])
    }
}

@Suite struct TokenChunkTests {
    /// Ten tokens of text a chunk; `,`, `a`, `red` and `apple` are one each.
    private func tokenizer() throws -> CLIPTokenizer {
        try CLIPTokenizer(folder: Fixture.path("tiny-sd1/tokenizer"))
    }

    @Test("Plain text gives the ids it gave before, whatever the emphasis")
    func plainText() throws {
        let tokenizer = try tokenizer()
        for text in [
            "", "a red apple", "two blue apples, and a red one!", "¯\\_ 50% off: 3", "（红）",
        ] {
            for emphasis in Emphasis.allCases where emphasis != .a1111Wide {
                let chunk = tokenizer.chunks(text, emphasis, .cut)
                #expect(chunk.map(\.ids) == [tokenizer.encode(text)], "\(text)")
                #expect(!chunk[0].isWeighted)
            }
        }
    }

    @Test func weightsLieOnTheirTokens() throws {
        let chunk = try tokenizer().chunks("a (red:1.5) apple", .a1111, .chunk)[0]
        #expect(chunk.weights == [1, 1, 1.5] + Array(repeating: 1, count: 9))
        #expect(chunk.textCount == 3)
    }

    private func texts(_ text: String, _ emphasis: Emphasis) throws -> [String] {
        let tokenizer = try tokenizer()
        return tokenizer.chunks(text, emphasis, .chunk).map {
            #expect($0.ids.count == 12 && $0.ids[0] == tokenizer.bosID)
            return tokenizer.decode($0.ids.dropFirst().prefix($0.textCount))
        }
    }

    @Test("What follows a comma goes to the next chunk with the word that has no room")
    func commas() throws {
        #expect(
            try texts("a a a a a a a, red red red red", .a1111)
                == ["a a a a a a a ,", "red red red red"])
        #expect(try texts("a a a a a a a a a a, red", .a1111) == ["a a a a a a a a a a", ", red"])
        #expect(
            try texts("a a a a a a a a a a a red", .off) == ["a a a a a a a a a a", "a red"])
    }

    @Test("ComfyUI keeps short words whole and cuts long ones")
    func words() throws {
        // "zzz" is three pieces, "zzzzzzzz" eight.
        #expect(try texts("a a a a a a a a zzz", .comfy) == ["a a a a a a a a", "zzz"])
        #expect(
            try texts("a a a a a a a a zzzzzzzz", .comfy) == ["a a a a a a a a zz", "zzzzzz"])
        #expect(try texts("a a a a a a a a zzz", .a1111) == ["a a a a a a a a zz", "z"])
    }

    @Test func breaksAreChunks() throws {
        #expect(try texts("a BREAK red BREAK", .a1111) == ["a", "red"])
        #expect(try texts("BREAK red", .a1111) == ["", "red"])
        #expect(try texts("", .a1111) == [""])
    }

    @Test("A learnt word of several vectors is not divided")
    func wholeWords() throws {
        var tokenizer = try tokenizer()
        tokenizer.add(word: "ink", ids: [600, 601, 602])
        let chunks = tokenizer.chunks("a a a a a a a a ink a", .a1111, .chunk)
        #expect(chunks.map(\.textCount) == [8, 4])
        #expect(tokenizer.chunks("a a a a a a a a ink a", .a1111, .cut)[0].textCount == 10)
    }

    @Test("Chunks have an end, and what has no place is told")
    func leftOut() throws {
        let tokenizer = try tokenizer()
        let long = String(repeating: "a ", count: 641)
        #expect(tokenizer.chunks(long, .off, .chunk).count == 64)
        #expect(tokenizer.leftOut(long, .off, .chunk).count == 1)
        #expect(tokenizer.leftOut(long, .a1111, .cut).count == 631)
        #expect(tokenizer.leftOut("a (red:2)", .a1111, .cut).isEmpty)
    }

    @Test("Words with their pieces are the tokens of a text")
    func pieces() throws {
        var tokenizer = try tokenizer()
        tokenizer.add(word: "<ink>", ids: [600, 601])
        let text = "Red apples, 12 it's <ink> <|endoftext|> 苹果"
        let words = tokenizer.words(text)
        #expect(words.flatMap(\.ids) == tokenizer.tokens(text))
        #expect(
            words.map(\.text) == [
                "red", "apples", ",", "1", "2", "it", "'s", "<ink>", "<|endoftext|>", "苹果",
            ])
        #expect(words.filter(\.isWhole).map(\.ids.count) == [2, 1])
    }
}
