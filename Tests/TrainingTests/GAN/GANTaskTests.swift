import Foundation
import PinxitCheckpoints
import PinxitDatasets
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// The GAN stage in toy sizes, with the CLIP of the fixtures.
private struct Run {
    let folder = NSTemporaryDirectory() + "pinxit-gan-\(UUID().uuidString)"

    init(_ task: String, prompts: String = #"["a red apple", "two cats"]"#) throws {
        try Toys.library.write(to: "\(folder)/data")
        let configuration = """
            {
              "model": {
                "noise_size": 4, "condition_size": 8, "generator_widths": [8, 8, 8, 8],
                "generator_convolutions": [2, 1, 1, 1], "generator_attention": [8],
                "discriminator_widths": [8, 8, 8, 8], "discriminator_attention": [8], "head_size": 4
              },
              "task": {"clip": "\(Fixture.path("tiny-clip"))", "pictures": 64, \(task)},
              "optimisation": {
                "samples": 24, "batch": 4, "learning_rate": 1e-3, "warm_up": 2, "beta1": 0,
                "weight_decay": 0, "report_every": 3, "save_every": 2
              },
              "prompts": \(prompts)
            }
            """
        try configuration.write(
            toFile: "\(folder)/gan.json", atomically: true, encoding: .utf8)
    }

    /// - Parameter steps: After so many the run is interrupted.
    func train(_ name: String, steps: Int = .max) async throws -> TrainingRun.Outcome {
        var run = TrainingRun(
            stage: .gan, configuration: "\(folder)/gan.json", dataset: "\(folder)/data",
            model: "\(folder)/\(name)", folder: "\(folder)/\(name)-run")
        run.quiet = true
        let stage = run
        let counter = Counter(steps)
        return try await stage.run { counter.isOver() }
    }

    func state(_ name: String) throws -> [String: Tensor] {
        try SafetensorsFile(path: "\(folder)/\(name)-run/checkpoint.safetensors").tensors()
    }

    func table(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).csv", encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

private final class Counter: @unchecked Sendable {
    private var left: Int
    init(_ count: Int) { left = count }
    func isOver() -> Bool {
        defer { left -= 1 }
        return left == 0
    }
}

@Suite struct GANTaskTests {
    /// Between penalties, with every source of chance.
    static let everything = """
        "loss": "relativistic", "penalty_every": 3, "picture_conditions": 0.5,
        "augmentations": ["translation", "cutout", "colour"], "similarity_weight": 0.1
        """

    @Test func aStoppedRunEndsWithTheSameBits() async throws {
        let run = try Run(Self.everything)
        defer { run.remove() }
        #expect(try await run.train("whole") == .finished)
        #expect(try await run.train("stopped", steps: 4) == .interrupted)
        #expect(try await run.train("stopped") == .finished)
        let (expected, found) = (try run.state("whole"), try run.state("stopped"))
        #expect(expected.keys.contains("second/joint.weight"))
        #expect(expected.keys.contains("first/up_blocks.1.up.weight"))
        #expect(expected.keys.contains("first/noise_encoder.hidden.weight"))
        #expect(expected.keys.sorted() == found.keys.sorted())
        for (name, tensor) in expected {
            let other = try #require(found[name])
            let same = memcmp(tensor.pointer, other.pointer, tensor.byteCount) == 0
            #expect(same && tensor.byteCount == other.byteCount, "\(name) differs")
        }
    }

    @Test(arguments: AdversarialLoss.allCases)
    func bothPlayersLearnWithEveryLoss(_ loss: AdversarialLoss) async throws {
        let run = try Run(#""loss": "\#(loss.rawValue)", "similarity_weight": 0"#)
        defer { run.remove() }
        #expect(try await run.train("model") == .finished)
        let state = try run.state("model")
        for (name, tensor) in state where name.hasPrefix("second/") {
            #expect(tensor.floats.contains { $0 > 0 }, "\(name) never had a gradient")
        }
        let table = try run.table("model-run/train")
        for column in [
            "discriminator/loss", "generator/loss", "discriminator/real", "discriminator/fake",
            "discriminator/gradient_norm", "generator/gradient_norm", "discriminator/r1",
            "generator/reconstruction", "generator/divergence",
        ] { #expect(table.contains(column), "\(column)") }
        #expect(try run.table("model-run/samples").contains("samples/spread_within"))
        for file in [
            "model_index.json", "generator/config.json", "generator/model.safetensors",
            "clip/config.json", "clip/model.safetensors",
        ] {
            #expect(
                FileManager.default.fileExists(atPath: "\(run.folder)/model/\(file)"), "\(file)")
        }
    }

    @Test func withoutReconstructionNoEncoderLearns() async throws {
        let run = try Run(#""reconstruction_weight": 0, "similarity_weight": 0"#)
        defer { run.remove() }
        #expect(try await run.train("model") == .finished)
        #expect(try !run.state("model").keys.contains { $0.contains("noise_encoder") })
        #expect(try !run.table("model-run/train").contains("generator/reconstruction"))
    }

    @Test func withoutPromptsNothingIsShown() async throws {
        let run = try Run(#""similarity_weight": 0"#, prompts: "[]")
        defer { run.remove() }
        #expect(try await run.train("model") == .finished)
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(run.folder)/model-run")
        #expect(files.contains("train.csv") && !files.contains("samples.csv"))
        #expect(
            FileManager.default.fileExists(atPath: "\(run.folder)/model/generator/config.json"))
    }

    @Test func wrongSettingsAreNamed() async throws {
        for (task, field) in [
            (#""loss": "wasserstein""#, "task.loss"),
            (#""augmentations": ["flip"]"#, "task.augmentations"),
            (#""reconstruction_share": 1.5"#, "task.reconstruction_share"),
            (#""penalty_every": 0"#, "task.penalty_every"), (#""gamma": 1"#, "task.gamma"),
        ] {
            let run = try Run(task)
            defer { run.remove() }
            let error = await #expect(throws: (any Error).self) { try await run.train("model") }
            #expect("\(error!)".contains(field), "\(error!)")
        }
    }
}
