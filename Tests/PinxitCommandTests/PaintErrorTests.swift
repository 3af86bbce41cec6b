import Foundation
import PinxitTestSupport
import Testing

/// Every mistake is one line on standard error, the right exit code, and no file.
@Suite struct PaintErrorTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        /// What the line must say.
        let hint: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Mistake(
            arguments: ["--sampler", "heun3"], status: 64, hint: "ddim, ddpm, euler, euler_a, heun"),
        Mistake(arguments: ["--size", "big"], status: 64, hint: "WIDTHxHEIGHT"),
        Mistake(arguments: ["--size", "33x32"], status: 64, hint: "multiples of 4"),
        Mistake(arguments: ["--size", "0x32"], status: 64, hint: "WIDTHxHEIGHT"),
        Mistake(arguments: ["--size", "99999999999x32"], status: 64, hint: "4096"),
        Mistake(arguments: ["--steps", "0"], status: 64, hint: "1 to 1000"),
        Mistake(arguments: ["--count", "0"], status: 64, hint: "1 to"),
        Mistake(arguments: ["--count", "many"], status: 64, hint: "'many' is invalid"),
        Mistake(arguments: ["--colour", "red"], status: 64, hint: "--colour"),
        Mistake(arguments: ["--seed", "-7"], status: 64, hint: "4294967295"),
        Mistake(arguments: ["--precision", "f8"], status: 64, hint: "f32, bf16, int8"),
        Mistake(arguments: ["--cfg-scale", "nan"], status: 64, hint: "0 to 100"),
        Mistake(arguments: ["--cfg-interval", "0.8-0.1"], status: 64, hint: "START-END"),
        Mistake(arguments: ["--deep-cache", "0"], status: 64, hint: "1 to 1000"),
        Mistake(arguments: ["--output", "a.gif"], status: 64, hint: ".png"),
        Mistake(arguments: ["--output", "{name}.png"], status: 64, hint: "{slug}"),
        Mistake(arguments: ["--output", "/dev/null/a.png"], status: 73, hint: "folder"),
    ])
    func mistakesInOptions(_ mistake: Mistake) throws {
        let scratch = try Scratch()
        let arguments =
            mistake.arguments.count == 2
            ? ["\(mistake.arguments[0])=\(mistake.arguments[1])"] : mistake.arguments
        let outcome = try Program.run(
            ["a cat", "--model", Fixture.path("tiny-pinxit")] + arguments, in: scratch.path)
        expect(outcome, status: mistake.status, hint: mistake.hint)
        #expect(scratch.files == [])
    }

    /// Its value would be a second sentence, which is not the mistake.
    @Test func unknownOptionWithItsValueApart() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a cat", "--stepz", "5", "--model", Fixture.path("tiny-pinxit")], in: scratch.path)
        expect(outcome, status: 64, hint: "--stepz")
        #expect(scratch.files == [])
    }

    @Test func missingModels() throws {
        let scratch = try Scratch()
        let named = try Program.run(["a cat", "--model", "nowhere"], in: scratch.path)
        expect(named, status: 66, hint: "model_index.json")
        #expect(scratch.files == [])
    }

    /// A file of the model and what is put in its place.
    struct Damage: Sendable, CustomTestStringConvertible {
        let file: String
        let status: Int32
        let hint: String
        let change: @Sendable (Data) -> Data
        var testDescription: String { "\(file), \(hint)" }
    }

    static let unet = "unet/diffusion_pytorch_model.safetensors"

    /// A safetensors file with this header and eight bytes of data.
    static func safetensors(_ header: String, length: UInt64? = nil) -> Data {
        let count = length ?? UInt64(header.utf8.count)
        return withUnsafeBytes(of: count.littleEndian) { Data($0) } + Data(header.utf8)
            + Data(count: 8)
    }

    @Test(arguments: [
        Damage(file: unet, status: 65, hint: unet) { $0.prefix($0.count / 2) },
        Damage(file: unet, status: 65, hint: unet) { _ in Data() },
        Damage(file: unet, status: 65, hint: unet) { _ in safetensors("{}", length: 1 << 62) },
        Damage(file: unet, status: 65, hint: "overlap") { _ in
            safetensors(
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
            )
        },
        Damage(file: unet, status: 65, hint: unet) { _ in
            safetensors(
                #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#)
        },
        Damage(file: unet, status: 65, hint: "missing") { _ in
            safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#)
        },
        Damage(file: "model_index.json", status: 65, hint: "model_index.json") { _ in
            Data("{\"_class_name\":".utf8)
        },
        Damage(file: "model_index.json", status: 65, hint: "StableDiffusionPipeline") { _ in
            Data(#"{"_class_name": "FluxPipeline"}"#.utf8)
        },
        Damage(file: "unet/config.json", status: 65, hint: "unet/config.json") { _ in
            Data("[]".utf8)
        },
        Damage(file: "scheduler/scheduler_config.json", status: 65, hint: "scaled_linear") { _ in
            Data(#"{"_class_name": "PNDMScheduler", "beta_schedule": "magic"}"#.utf8)
        },
        Damage(file: "tokenizer/vocab.json", status: 65, hint: "in the vocabulary") { _ in
            Data("{}".utf8)
        },
    ])
    func damagedModels(_ damage: Damage) throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-pinxit")
        let before = scratch.files
        try scratch.write(
            damage.change(try scratch.read("model/\(damage.file)")), to: "model/\(damage.file)")
        let outcome = try Program.run(["a cat", "--model", model], in: scratch.path)
        expect(outcome, status: damage.status, hint: damage.hint)
        #expect(scratch.files == before)
    }

    @Test func missingFilesOfAModel() throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-pinxit")
        try FileManager.default.removeItem(atPath: "\(model)/\(Self.unet)")
        let outcome = try Program.run(["a cat", "--model", model], in: scratch.path)
        #expect([65, 66].contains(outcome.status))
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.contains("diffusion_pytorch_model.safetensors"))
    }

    private func expect(_ outcome: Program.Outcome, status: Int32, hint: String) {
        #expect(outcome.status == status)
        #expect(outcome.output == "")
        #expect(outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
    }
}
