import Foundation
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

/// `--explain`, `--edit-words` and `--animate` of latent diffusion, as they are typed.
@Suite struct ExplainCommandTests {
    private static let model = [
        "--model", Fixture.path("tiny-sd1"), "--steps", "2", "-s", "1", "--size", "24x16",
        "--threads", "1",
    ]

    @Test("A picture is explained by a page that needs nothing else")
    func explains() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a red apple", "-o", "x.png", "--explain", "why"] + Self.model, in: scratch.path)
        #expect(outcome.status == 0 && outcome.lines.first == "x.png", "\(outcome.errors)")
        let page = String(decoding: try scratch.read("why/index.html"), as: UTF8.self)
        for word in ["red", "apple"] { #expect(page.contains(word)) }
        #expect(!page.contains("http://") && !page.contains("src=\"//"))
    }

    @Test("Two sentences of one layout are painted, with a sheet; words weigh more")
    func editsWords() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a red apple", "--edit-words", "a blue apple", "-o", "x-{index}.png"] + Self.model,
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == ["x-1.png", "x-2.png", "x-1-grid.png"])
        let weighed = try Program.run(
            [
                "a red apple", "--layout-of", "a red apple", "--word-weights", "red=4", "-o",
                "weighed.png",
            ] + Self.model, in: scratch.path)
        #expect(weighed.status == 0, "\(weighed.errors)")
        let (first, second) = (
            try Picture(file: "\(scratch.path)/x-1.png"),
            try Picture(file: "\(scratch.path)/weighed.png")
        )
        #expect(first != second)
        let wrong = try Program.run(
            ["a red apple", "--word-weights", "red=4"] + Self.model, in: scratch.path)
        #expect(wrong.status == 64 && wrong.errors.contains("word weights"), "\(wrong.errors)")
    }

    @Test("What cannot be done or written is refused before the first picture")
    func nothingIsPaintedInVain() throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "file")
        for (typed, status, said) in [
            (["--edit-words", "a pear", "--word-weights", "blue=2"], 64, "no word of the prompt"),
            (["--explain", "file"], 73, "file is not a folder"),
        ] {
            let outcome = try Program.run(
                ["a red apple", "-o", "x.png"] + typed + Self.model, in: scratch.path)
            #expect(outcome.status == status && outcome.errors.contains(said), "\(outcome.errors)")
            #expect(scratch.files == ["file"])
        }
    }

    @Test("The way between two sentences is an animated PNG, there and back")
    func animates() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["--animate", "a red apple", "a green pear", "--frames", "2", "-o", "way.png"]
                + Self.model, in: scratch.path)
        #expect(outcome.lines == ["way.png"], "\(outcome.errors)")
        let bytes = try scratch.read("way.png")
        #expect(bytes.range(of: Data("acTL".utf8)) != nil)
        let way = ["--animate", "a red apple", "a green pear", "--frames", "2"] + Self.model
        let gif = try Program.run(way + ["-o", "way.gif"], in: scratch.path)
        #expect(gif.lines == ["way.gif"], "\(gif.errors)")
        // Three frames there, and the middle one on the way back, each begun by its control.
        let file = try scratch.read("way.gif")
        #expect(try Picture(file: "\(scratch.path)/way.gif").width == 24)
        #expect(file.indices.filter { file[$0...].starts(with: [0x21, 0xF9, 4, 4]) }.count == 4)
        let explained = try Program.run(
            way + ["-o", "told.png", "--explain", "why"], in: scratch.path)
        #expect(explained.lines == ["told.png"], "\(explained.errors)")
        let pages = scratch.files.filter { $0.hasPrefix("why/") && $0.hasSuffix("/index.html") }
        #expect(pages == ["why/1-1/index.html", "why/1-2/index.html", "why/1-3/index.html"])
        for arguments in [way + ["-o", "way.jpg"], ["a", "-o", "a.gif"] + Self.model] {
            let wrong = try Program.run(arguments, in: scratch.path)
            #expect(wrong.status == 64 && wrong.errors.contains(".png"), "\(wrong.errors)")
        }
    }

    @Test("A picture is a prompt by an adapter, and what is missing is said")
    func imagePrompts() throws {
        let scratch = try Scratch()
        try Picture(width: 30, height: 20, color: [200, 30, 30]).write(
            to: "\(scratch.path)/red.png")
        let adapter = [
            "--ip-adapter", Fixture.path("ip/plus.bin") + ":0.6", "--image-encoder",
            Fixture.path("ip/encoder"),
        ]
        let outcome = try Program.run(
            ["a red apple", "--image-prompt", "red.png", "-o", "x.png"] + adapter + Self.model,
            in: scratch.path)
        #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
        let plain = try Program.run(["a red apple", "-o", "y.png"] + Self.model, in: scratch.path)
        #expect(plain.lines == ["y.png"], "\(plain.errors)")
        let pictures = try ["x.png", "y.png"].map { try Picture(file: "\(scratch.path)/\($0)") }
        #expect(pictures[0] != pictures[1])
        for (arguments, words) in [
            (["a", "--image-prompt", "red.png"], "--ip-adapter"),
            (["a"] + adapter, "shown nothing"), (["a"] + adapter.suffix(2), "--ip-adapter"),
        ] {
            let wrong = try Program.run(arguments + Self.model, in: scratch.path)
            #expect(wrong.status == 64 && wrong.errors.contains(words), "\(wrong.errors)")
        }
        // A painting says which picture it was like, and does not hold it.
        let without = try Program.run(["--from", "x.png"] + adapter + Self.model, in: scratch.path)
        #expect(without.errors.contains("--image-prompt with it is needed"), "\(without.errors)")
        let again = try Program.run(
            ["--from", "x.png", "--image-prompt", "red.png", "-o", "z.png"] + adapter + Self.model,
            in: scratch.path)
        #expect(again.lines == ["z.png"], "\(again.errors)")
        #expect(try Picture(file: "\(scratch.path)/z.png") == pictures[0])
    }
}
