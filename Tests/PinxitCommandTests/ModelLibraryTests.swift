import Foundation
import PinxitCheckpoints
import PinxitImages
import PinxitTestSupport
import Testing

/// Models that lie where other programs put them.
@Suite struct ModelLibraryTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for place in [
            "hub/models--org--tiny/snapshots/abc", "plain/tiny-a", "ui/models/checkpoints",
        ] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/\(place)", withIntermediateDirectories: true)
        }
        try copy("tiny-sd1", to: "hub/models--org--tiny/snapshots/abc")
        try copy("tiny-lcm", to: "plain/tiny-a")
    }

    private func copy(_ model: String, to place: String) throws {
        let target = "\(scratch.path)/\(place)"
        try FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: Fixture.path(model), toPath: target)
    }

    private func paint(_ model: String, _ environment: [String: String]) throws -> Program.Outcome {
        try Program.run(
            ["a cat", "--model", model, "--steps", "1", "--seed", "1", "-q", "-o", "a.png"],
            in: scratch.path,
            environment: ["XDG_CONFIG_HOME": scratch.path].merging(environment) { $1 })
    }

    @Test(arguments: ["org/tiny", "tiny"]) func theHubsCacheIsSearched(_ name: String) throws {
        let outcome = try paint(name, ["HF_HOME": scratch.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func foldersOfTheEnvironmentAreSearched() throws {
        let folders = "\(scratch.path)/none:\(scratch.path)/plain"
        let outcome = try paint("tiny-a", ["PINXIT_MODELS": folders])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("A LoRA changes a U-Net that took the model's place, whatever its folder is called")
    func changedUNet() throws {
        let unets = "ui/models/unet/few"
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/\(unets)", withIntermediateDirectories: true)
        try copy("tiny-sd1/unet", to: unets)
        try Checkpoint.save(
            try Fixture("lora.safetensors").tensors(below: "kohya/file/"),
            to: "\(scratch.path)/ink.safetensors")
        func pixels(_ more: [String]) throws -> [UInt8] {
            let outcome = try Program.run(
                [
                    "a cat", "--model", Fixture.path("tiny-sd1"), "--lora", "ink.safetensors",
                    "--steps", "1", "--seed", "1", "-q", "-o", "a.png",
                ] + more, in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/a.png").pixels
        }
        #expect(try pixels([]) == pixels(["--unet", unets]))
    }

    @Test("A U-Net and a refiner are found by name, as other parts are")
    func parts() throws {
        let unets = "ui/models/unet/few"
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/\(unets)", withIntermediateDirectories: true)
        try copy("tiny-sdxl/unet", to: unets)
        try copy("tiny-refiner", to: "plain/tiny-a")
        let outcome = try Program.run(
            [
                "a cat", "--model", Fixture.path("tiny-sdxl"), "--unet", "few", "--refiner",
                "tiny-a", "--steps", "6", "-q", "-o", "a.png",
            ], in: scratch.path,
            environment: ["PINXIT_MODELS": "\(scratch.path)/ui:\(scratch.path)/plain"])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func aPictureWhoseModelIsNotFoundSaysWhatIsNeeded() throws {
        let first = try paint("plain/tiny-a", [:])
        #expect(first.status == 0, "\(first.errors)")
        let again = try Program.run(
            ["--from", "a.png", "-q", "-o", "b.png"], in: scratch.path,
            environment: ["XDG_CONFIG_HOME": scratch.path, "PINXIT_MODELS": ""])
        #expect(again.status == 66)
        #expect(again.errors.contains("was painted with the model tiny-a"))
        #expect(again.errors.contains("--model with its path is needed"))
    }

    @Test("A picture painted with other parts is not painted again without them")
    func replacedPartsAreCarried() throws {
        let model = Fixture.path("tiny-sdxl")
        let parts = ["--vae", "\(model)/vae", "--refiner", Fixture.path("tiny-refiner")]
        let first = try Program.run(
            ["a cat", "--model", model, "--steps", "6", "--seed", "1", "-q", "-o", "a.png"] + parts,
            in: scratch.path)
        #expect(first.status == 0, "\(first.errors)")
        let again = ["--from", "a.png", "--model", model, "-q", "-o", "b.png"]
        let without = try Program.run(again, in: scratch.path)
        #expect(without.status == 64 && without.errors.contains("--vae vae"), "\(without.errors)")
        let with = try Program.run(again + parts, in: scratch.path)
        #expect(with.status == 0, "\(with.errors)")
        #expect(try scratch.read("a.png") == scratch.read("b.png"))
    }

    @Test func theConfigurationNamesFolders() throws {
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/pinxit", withIntermediateDirectories: true)
        try scratch.write(
            Data("# mine\nmodels = [\"\(scratch.path)/plain\"]\n".utf8), to: "pinxit/config.toml")
        #expect(try paint("tiny-a", [:]).status == 0)
        for (text, hint) in [
            ("models = 3", "list of such"), ("model = \"a\"", "models is accepted"), ("[", "TOML"),
        ] {
            try scratch.write(Data(text.utf8), to: "pinxit/config.toml")
            let outcome = try paint("tiny-a", [:])
            #expect(outcome.status == 65 && outcome.errors.contains(hint), "\(outcome.errors)")
        }
    }
}
