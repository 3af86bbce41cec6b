import Foundation
import PinxitCheckpoints
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// `--controlnet`, as it is typed.
@Suite struct ControlCommandTests {
    private static let model = ["--model", Fixture.path("tiny-sd1"), "--steps", "4", "-s", "1"]
    private static let net = Fixture.path("tiny-control")

    /// A scratch folder with two pictures of 40x24.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        for (name, factor) in [("a.png", 5), ("b.png", 9)] {
            var picture = Picture(width: 40, height: 24, color: [0, 0, 0])
            for i in picture.pixels.indices {
                picture.pixels[i] = UInt8(truncatingIfNeeded: i * factor)
            }
            try picture.write(to: "\(scratch.path)/\(name)")
        }
        return scratch
    }

    private func paint(_ arguments: [String], in scratch: Scratch) throws -> Program.Outcome {
        try Program.run(
            ["a red apple", "--size", "24x16", "-o", "x.png"] + Self.model + arguments,
            in: scratch.path)
    }

    @Test func twoNetsFollowTwoPictures() throws {
        let scratch = try scratch()
        let outcome = try paint(
            [
                "--controlnet", "\(Self.net):0.8:0:0.5", "--control", "a.png", "--controlnet",
                Fixture.path("tiny-control-pooled"), "--control", "b.png", "--control-prepare",
                "canny", "--control-prepare", "none", "--canny-low", "20", "--canny-high", "60",
                "--guess-mode",
            ], in: scratch)
        #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
        let texts = try PNG.texts(in: try scratch.read("x.png"))
        let json = try #require(texts.first { $0.key == "pinxit" }).text
        #expect(json.contains(#""controlnets":["tiny-control","tiny-control-pooled"]"#))
        #expect(json.contains(#""end":0.5,"high":60,"low":20"#), "\(json)")
        #expect(json.contains(#""guess_mode":true"#))
    }

    @Test("What it was held to and like is given again, and the picture is painted again")
    func paintsAgain() throws {
        let scratch = try scratch()
        let library = "\(scratch.path)/library"
        for place in ["ControlNet", "ipadapter"] {
            try FileManager.default.createDirectory(
                atPath: "\(library)/\(place)", withIntermediateDirectories: true)
        }
        for (name, place) in [
            ("tiny-control", "ControlNet/tiny-control"),
            ("ip/base.safetensors", "ipadapter/base.safetensors"),
            ("ip/encoder", "ipadapter/image_encoder"),
        ] {
            try FileManager.default.copyItem(
                atPath: Fixture.path(name), toPath: "\(library)/\(place)")
        }
        let first = try paint(
            [
                "--controlnet", "\(Self.net):0.8:0:0.5", "--control", "a.png", "--control-prepare",
                "canny", "--canny-low", "20", "--canny-high", "60", "--guess-mode",
                "--ip-adapter", "\(library)/ipadapter/base.safetensors:0.6", "--image-prompt",
                "b.png",
            ], in: scratch)
        #expect(first.status == 0, "\(first.errors)")
        func again(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(
                ["--from", "x.png", "--model", Fixture.path("tiny-sd1"), "-o", "y.png"] + arguments,
                in: scratch.path, environment: ["PINXIT_MODELS": library])
        }
        let without = try again([])
        #expect(without.status == 64)
        #expect(
            without.errors.contains("tiny-control followed sha256:")
                && without.errors.contains("--control with each picture"), "\(without.errors)")
        let unlike = try again(["--control", "a.png"])
        #expect(unlike.errors.contains("--image-prompt with it is needed again"))
        let with = try again(["--control", "a.png", "--image-prompt", "b.png"])
        #expect(with.status == 0 && !with.errors.contains("another picture"), "\(with.errors)")
        #expect(try scratch.read("x.png") == scratch.read("y.png"))
        let other = try again(["--control", "b.png", "--image-prompt", "b.png"])
        #expect(other.errors.contains("--control b.png is another picture"), "\(other.errors)")
        #expect(try scratch.read("x.png") != scratch.read("y.png"))
        let told = try Program.run(["inspect", "x.png"], in: scratch.path)
        #expect(told.output.contains("held by           tiny-control to sha256:"))
    }

    @Test("A picture that is changed is followed itself where none is given")
    func editingFollowsThePicture() throws {
        let scratch = try scratch()
        func edit(_ arguments: [String]) throws -> Picture {
            let outcome = try Program.run(
                ["edit", "a.png", "a red apple", "--controlnet", Self.net, "-o", "x.png"]
                    + Self.model + arguments, in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/x.png")
        }
        let itself = try edit([])
        #expect(try itself == edit(["--control", "a.png"]))
        #expect(try itself != edit(["--control", "b.png"]))
    }

    @Test(
        "Turned and CMYK photographs are followed as they are seen",
        arguments: ["jpeg, orientation 6", "jpeg, CMYK"])
    func photographsAreFollowedAsSeen(_ name: String) throws {
        let scratch = try scratch()
        try scratch.writePicture(name, to: "photo.jpg")
        let upright = try Picture(file: "\(scratch.path)/photo.jpg")
        try upright.write(to: "\(scratch.path)/upright.png")
        func painted(_ control: String) throws -> Picture {
            let outcome = try paint(
                ["--controlnet", Self.net, "--control", control], in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/x.png")
        }
        let found = try painted("photo.jpg")
        #expect(try found == painted("upright.png"))
        #expect(try found != painted("a.png"))
    }

    @Test(
        "What is wrong is said in one line, with what would be accepted",
        arguments: [
            (["--controlnet", net], "--control names a picture for each"),
            (["--control", "a.png"], "--control goes with --controlnet"),
            (["--guess-mode"], "--guess-mode goes with --controlnet"),
            (["--controlnet", "\(net):2:1", "--control", "a.png"], "PATH:SCALE:START:END"),
            (["--controlnet", "\(net):much", "--control", "a.png"], "PATH:SCALE:START:END"),
            (["--controlnet", "\(net):11", "--control", "a.png"], "not from 0 to 10"),
            (["--controlnet", "nowhere", "--control", "a.png"], "nowhere: is not there"),
            (["--controlnet", net, "--control", "nowhere.png"], "nowhere.png"),
            (
                ["--controlnet", net, "--control", "a.png", "--canny-low", "5"],
                "--canny-low goes with --control-prepare canny"
            ),
            (
                ["--controlnet", Fixture.path("tiny-control-xl"), "--control", "a.png"],
                "is a ControlNet for a model of context 40; the model is a model of context 16"
            ),
        ])
    func whatIsWrongIsSaid(_ arguments: [String], _ said: String) throws {
        let outcome = try paint(arguments, in: try scratch())
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(said), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }

    @Test func modelsShowTellsWhatItIs() throws {
        let scratch = try scratch()
        let old = try Fixture("control.safetensors").tensors(below: "ldm/")
        try Checkpoint.save(
            Dictionary(uniqueKeysWithValues: old.map { ("control_model.\($0.key)", $0.value) }),
            to: "\(scratch.path)/old.safetensors")
        for (path, name, names) in [
            (Self.net, "tiny-control", "diffusers"),
            ("old.safetensors", "old", "the first release"),
        ] {
            let outcome = try Program.run(["models", "show", path], in: scratch.path)
            #expect(outcome.errors == "" && outcome.lines.first == "\(name): ControlNet")
            #expect(outcome.lines.contains("family          a model of context 16"))
            #expect(outcome.lines.contains("names           \(names)"))
        }
    }

    @Test func modelsShowTellsAnAdapter() throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            ["models", "show", Fixture.path("tiny-adapter-light")], in: scratch.path)
        #expect(outcome.errors == "" && outcome.lines.first == "tiny-adapter-light: T2I-Adapter")
    }
}
