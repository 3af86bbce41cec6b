import PinxitCheckpoints
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// Controls as they are typed, against what diffusers and spandrel make of the same. `PinxitTests`
/// has more cases of each, in the library.
@Suite struct TypedControlTests {
    /// What is typed behind "a red apple"; `@` begins a path in `Tests/Fixtures`.
    struct Line: Sendable, CustomTestStringConvertible {
        /// The fixture, and in it the key of what diffusers made.
        let file: String
        let key: String
        let typed: [String]
        var steps = 4
        /// Whether `picture.png` is edited.
        var isEdit = false
        /// Whether it is repainted under `mask.png` alone.
        var isMasked: Bool { typed.contains("--mask") }
        var testDescription: String { typed.joined(separator: " ") }
    }

    static let painted = [
        Line(file: "noise", key: "philox", typed: ["--noise", "philox"]),
        Line(
            file: "noise", key: "varied",
            typed: ["--variation-seed", "7", "--variation-strength", "0.3"]),
        Line(file: "noise", key: "tile/xy", typed: ["--tile", "xy"]),
        Line(file: "noise", key: "tile/x", typed: ["--tile", "x"]),
        Line(
            file: "hires", key: "ddim/lanczos",
            typed: ["--hires", "1.5", "--hires-strength", "0.6", "--hires-steps", "5"]),
        Line(
            file: "hires", key: "ddim/latent",
            typed: [
                "--hires", "1.5", "--hires-strength", "0.6", "--hires-steps", "5",
                "--hires-upscaler", "latent",
            ]),
        Line(
            file: "control", key: "part/ddim",
            typed: ["--controlnet", "@tiny-control:0.6:0.2:0.7", "--control", "lines.png"],
            steps: 7),
        Line(
            file: "adapters", key: "full/ddim",
            typed: ["--controlnet", "@tiny-adapter:0.8", "--control", "lines.png"], steps: 5),
        Line(
            file: "ip", key: "base",
            typed: [
                "--ip-adapter", "@ip/base.safetensors:0.7", "--image-encoder", "@ip/encoder",
                "--image-prompt", "seen.png",
            ]),
        Line(
            file: "ip", key: "plus",
            typed: [
                "--ip-adapter", "@ip/plus.bin", "--image-encoder", "@ip/encoder",
                "--image-prompt", "seen.png",
            ]),
    ]
    static let edited = [
        Line(file: "editing", key: "image/ddim/0.5", typed: ["--strength", "0.5"], steps: 6),
        Line(file: "editing", key: "image/ddim/1.0", typed: ["--strength", "1"], steps: 6),
        Line(
            file: "editing", key: "inpaint/ddim/0.6",
            typed: ["--mask", "mask.png", "--mask-blur", "0", "--strength", "0.6"], steps: 5),
        Line(
            file: "editing", key: "nine/ddim/1.0",
            typed: ["--unet", "@tiny-inpaint", "--mask", "mask.png", "--mask-blur", "0"],
            steps: 5),
        Line(
            file: "editing", key: "instruct/ddim",
            typed: [
                "--unet", "@tiny-instruct", "--image-cfg-scale", "1.75", "-n", "two blue apples",
            ]),
    ].map { line in
        var line = line
        line.isEdit = true
        return line
    }

    @Test("What is typed is what diffusers makes of it", arguments: painted + edited)
    func isDiffusers(_ line: Line) async throws {
        let scratch = try Scratch()
        let file = "\(line.file).safetensors"
        for (name, file, key) in [
            ("picture", "editing.safetensors", "picture"),
            ("mask", "editing.safetensors", "mask"), ("lines", "control.safetensors", "lines"),
            ("seen", "ip.safetensors", "picture"),
        ] {
            try await fixed(file, key).write(to: "\(scratch.path)/\(name).png")
        }
        let typed = line.typed.map { $0.hasPrefix("@") ? Fixture.path("\($0.dropFirst())") : $0 }
        let outcome = try Program.run(
            (line.isEdit ? ["edit", "picture.png"] : ["paint"]) + [
                "a red apple", "--model", Fixture.path("tiny-sd1"), "--size", "24x16", "-s", "42",
                "--cfg-scale", "5", "--sampler", "ddim", "--steps", "\(line.steps)",
                "--precision", "f32", "-o", "x.png", "--dump-latents", "x.safetensors",
            ] + typed, in: scratch.path)
        #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
        let dump = "\(scratch.path)/x.safetensors"
        let far = try await Engine.run {
            let expected = try Fixture(file)["\(line.key)/latent"]
            let own = try Checkpoint.load(dump)["latents"]
            return largestDifference(try #require(own), expected)
                / max(1, expected.floats.map(abs).max() ?? 1)
        }
        #expect(far <= 2e-4)
        let mask = line.isMasked ? try await fixed("editing.safetensors", "mask") : nil
        let expected = try await fixed(file, "\(line.key)/pil")
        let found = try Picture(file: "\(scratch.path)/x.png").rgb()
        #expect((found.width, found.height) == (expected.width, expected.height))
        let levels = zip(found.pixels, expected.pixels).enumerated().map { place, pair in
            mask?.pixels[place / 3] == 0 ? 0 : abs(Int(pair.0) - Int(pair.1))
        }
        #expect(levels.max() ?? 0 <= 1)
    }

    @Test("A label of another program is a sampler and a schedule")
    func labels() throws {
        let scratch = try Scratch()
        func painted(_ typed: [String]) throws -> Picture {
            let outcome = try Program.run(
                [
                    "a red apple", "--model", Fixture.path("tiny-sd1"), "--steps", "4", "-s", "1",
                    "--size", "24x16", "-o", "x.png",
                ] + typed, in: scratch.path)
            #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/x.png")
        }
        let label = try painted(["--sampler", "DPM++ 2M Karras"])
        #expect(try label == painted(["--sampler", "dpmpp_2m", "--schedule", "karras"]))
        #expect(try label != painted(["--sampler", "dpmpp_2m", "--schedule", "normal"]))
        #expect(try label != painted(["--sampler", "dpmpp_2m", "--spacing", "trailing"]))
    }

    @Test("A finished picture is enlarged by a network or a filter, and keeps what it says")
    func upscales() async throws {
        let scratch = try Scratch()
        let picture = try await fixed("upscaling.safetensors", "picture")
        let text = "a cat\nSteps: 3, Seed: 9, CFG scale: 3"
        try picture.write(
            to: "\(scratch.path)/a.png", texts: [PNGText(key: "parameters", text: text)])
        let network = Fixture.path("upscalers/compact.safetensors")
        let outcome = try Program.run(
            ["upscale", "a.png", "--upscaler", network], in: scratch.path)
        #expect(outcome.lines == ["a-2x.png"], "\(outcome.errors)")
        let expected = try await Engine.run {
            try Fixture("upscaling.safetensors")["compact"].floats.map {
                Int((max(0, min(1, $0)) * 255).rounded())
            }
        }
        let found = try Picture(file: "\(scratch.path)/a-2x.png").rgb()
        #expect((found.width, found.height) == (2 * picture.width, 2 * picture.height))
        #expect(zip(found.pixels, expected).allSatisfy { abs(Int($0) - $1) <= 1 })
        let texts = try PNG.texts(in: try scratch.read("a-2x.png"))
        let info = Infotext(parsing: try #require(texts.first { $0.key == "parameters" }).text)
        #expect(info.prompt == "a cat" && info["Postprocess upscale by"] == "2.0")
        // What is there stays, whosever it is.
        let again = try Program.run(["upscale", "a.png", "a.png"], in: scratch.path)
        #expect(again.lines == ["a-2x-2.png", "a-2x-3.png"], "\(again.errors)")
        #expect(try Picture(file: "\(scratch.path)/a-2x.png").rgb() == found)
        // A network is asked also where nothing is to become larger, and folders are made.
        let mended = try Program.run(
            ["upscale", "a.png", "-f", "1", "--upscaler", network, "-o", "new/m.png"],
            in: scratch.path)
        #expect(mended.lines == ["new/m.png"], "\(mended.errors)")
        #expect(try Picture(file: "\(scratch.path)/new/m.png").rgb() != picture.rgb())
        let braces = try Program.run(["upscale", "a.png", "-o", "{slug}.png"], in: scratch.path)
        #expect(braces.status == 64 && braces.errors.contains("without braces"), "\(braces.errors)")
        let filtered = try Program.run(
            ["upscale", "a.png", "-f", "3", "-o", "b.png"], in: scratch.path)
        #expect(filtered.lines == ["b.png"], "\(filtered.errors)")
        #expect(
            try Picture(file: "\(scratch.path)/b.png").rgb()
                == picture.resized(
                    width: 3 * picture.width, height: 3 * picture.height, filter: .lanczos))
        for (name, status) in [("c.gif", Int32(64)), ("a.png/c.png", 73)] {
            let wrong = try Program.run(["upscale", "a.png", "-o", name], in: scratch.path)
            #expect(wrong.status == status && wrong.complaints.count == 1, "\(wrong.errors)")
        }
    }

    /// A picture that a fixture holds as bytes.
    private func fixed(_ file: String, _ key: String) async throws -> Picture {
        try await Engine.run { try Fixture(file).picture(key) }
    }
}
