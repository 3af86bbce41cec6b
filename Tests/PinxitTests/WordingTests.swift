import Foundation
import Pinxit
import Testing

/// Wildcards and styles: what is made of a prompt before it is read.
@Suite final class WordingTests {
    private let folder = NSTemporaryDirectory() + "pinxit-wording-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/pets", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    @Test("The seed chooses, and every choice comes")
    func choices() throws {
        try write("\u{FEFF}# animals\ncat\r\n\n  a {big|small} dog \n", "animal.txt")
        try write("fish\n", "pets/wet.txt")
        let wildcards = Wildcards(folder: folder)
        func all(_ prompt: String) throws -> Set<String> {
            Set(try (0..<200).map { try wildcards.resolved(prompt, seed: UInt32($0)) })
        }
        #expect(try all("a {red|blue|} apple") == ["a red apple", "a blue apple", "a  apple"])
        #expect(try all("__animal__!") == ["cat!", "a big dog!", "a small dog!"])
        #expect(try all("{a|{b|c}} __pets/wet__") == ["a fish", "b fish", "c fish"])
        for plain in ["{prompt}", "a {b", "a} | b", "snake_case __init", "____", "__a:b__"] {
            #expect(try all(plain) == [plain])
        }
        #expect(
            try wildcards.resolved("{a|b|c|d} {a|b|c|d}", seed: 7)
                == wildcards.resolved("{a|b|c|d} {a|b|c|d}", seed: 7))
        // A choice is as likely as another.
        let reds = try (0..<1000).filter {
            try wildcards.resolved("{red|blue}", seed: UInt32($0)) == "red"
        }.count
        #expect((420...580).contains(reds), "\(reds)")
    }

    @Test("What is not there, is empty or never ends is said")
    func faults() throws {
        try write("\n# nothing\n", "empty.txt")
        try write("__loop__ __loop__\n", "loop.txt")
        let wildcards = Wildcards(folder: folder)
        for name in ["none", "empty", "../secret", "/etc/passwd", "pets/../../x"] {
            #expect(throws: FileError.self) { try wildcards.resolved("__\(name)__", seed: 1) }
        }
        #expect(throws: PaintError.self) { try wildcards.resolved("__loop__", seed: 1) }
    }

    /// Each would be looked for to the end of the text: forty thousand million steps.
    @Test func bracesThatNobodyClosesAreText() throws {
        let many = String(repeating: "{", count: 200_000)
        #expect(try Wildcards(folder: folder).resolved(many, seed: 1) == many)
    }

    @Test func stylesSurroundThePrompt() throws {
        try write(
            """
            \u{FEFF}name,prompt,negative_prompt
            None,,
            ink,"ink drawing of {prompt}, ""fine"" lines",colour

            film,"film grain,
            35mm",
            """, "styles.csv")
        let styles = try PromptStyles(file: "\(folder)/styles.csv")
        #expect(styles.names == ["None", "ink", "film"])
        let fox = PaintRequest(prompt: "a fox", negativePrompt: "blur")
        let ink = try styles.applied(["ink"], to: fox)
        #expect(ink.prompt == "ink drawing of a fox, \"fine\" lines")
        #expect(ink.negativePrompt == "blur, colour")
        #expect(
            try styles.applied(["film", "ink"], to: fox).prompt
                == "ink drawing of a fox, film grain,\n35mm, \"fine\" lines")
        #expect(try styles.applied(["None"], to: fox) == fox)
        #expect(
            try styles.applied(["film"], to: PaintRequest(prompt: " ")).prompt
                == "film grain,\n35mm")
        let error = #expect(throws: PaintError.self) { try styles.applied(["inc"], to: fox) }
        #expect("\(error as Any)".contains("is ink meant?"))
    }

    @Test("A file of other columns, or with quotes that do not end, is refused")
    func brokenStyles() throws {
        for text in ["", "title,prompt\na,b", "name,prompt\n\"a", "name"] {
            try write(text, "broken.csv")
            #expect(throws: FileError.self) { try PromptStyles(file: "\(folder)/broken.csv") }
        }
        try write("name,text\nold,by hand", "old.csv")
        let old = try PromptStyles(file: "\(folder)/old.csv")
        #expect(
            try old.applied(["old"], to: PaintRequest(prompt: "a")).prompt == "a, by hand")
    }
}
