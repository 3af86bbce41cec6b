import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

@testable import PinxitTraining

/// Whole runs of the stage `finetune` on a random model.
@Suite struct FinetuneRunTests {
    private let folder = NSTemporaryDirectory() + "pinxit-finetune-\(UUID().uuidString)"

    private func run(_ name: String, _ changes: [String] = []) throws -> TrainingRun {
        try makeFolder(folder)
        let recipe = """
            {"task": {"pictures": 64},
             "optimisation": {"samples": 12, "batch": 2, "learning_rate": 1e-3, "warm_up": 1,
                              "average_decay": 0.9, "save_every": 2, "precision": "f32"}}
            """
        try Data(recipe.utf8).write(to: URL(filePath: folder.path("finetune.json")))
        var run = TrainingRun(
            stage: .finetune, configuration: folder.path("finetune.json"),
            dataset: Fixture.path("folders/kohya"), model: Fixture.path("tiny-sd1"),
            folder: folder.path("\(name).runs"))
        run.output = folder.path(name)
        run.changes = changes
        run.quiet = true
        return run
    }

    private static let weights = "unet/diffusion_pytorch_model.safetensors"
    private static let text = "text_encoder/model.safetensors"

    private func bytes(_ name: String) throws -> [[UInt8]] {
        try [Self.weights, Self.text].map { try readFile(folder.path(name).path($0)) }
    }

    @Test("A stopped run ends with the same bits as one that was not, prior pictures among them")
    func resumes() async throws {
        defer { removeFolder(folder) }
        let prior = Fixture.path("folders/imagefolder-jsonl")
        let whole = try run(
            "it",
            [
                "task.prior_pictures=\(prior)", "task.offset_noise=0.1", "task.min_snr=5",
                "task.train_text_encoder=true", "task.caption_dropout=0.5", "dataset.mirror=true",
                "task.recompute=true",
            ])
        #expect(try await whole.run() == .finished)
        let first = try bytes("it")
        for left in ["it", "it.runs"] { removeFolder(folder.path(left)) }
        #expect(try await whole.stopped(afterSteps: 3) == .interrupted)
        #expect(!fileExists(whole.output))
        #expect(try await whole.run() == .finished)
        #expect(try bytes("it") == first)
    }

    @Test("The new folder is a whole model: what has learnt is new, and all else is a copy")
    func folderIsWhole() async throws {
        defer { removeFolder(folder) }
        let run = try run("it")
        #expect(try await run.run() == .finished)
        for file in [
            "vae/diffusion_pytorch_model.safetensors", Self.text, "tokenizer/vocab.json",
            "scheduler/scheduler_config.json",
        ] {
            #expect(
                try readFile(run.output.path(file)) == readFile(run.model.path(file)), "\(file)")
        }
        #expect(!fileExists(run.output.path("expected.safetensors")))
        try await Engine.run {
            let before = try LatentDiffusion(DiffusersFolder(run.model))
            let after = try LatentDiffusion(DiffusersFolder(run.output))
            let text = before.text(["a red apple"], type: .f32).states
            let x = Tensor.zeros([1, 8, 8, before.latentChannels]) + 0.5
            let (one, other) = try (
                before.denoiser(x, timesteps: [300], context: text),
                after.denoiser(x, timesteps: [300], context: text)
            )
            #expect(relativeDifference(one, other) > 1e-3)
        }
        // A model from elsewhere knows words that nobody has counted.
        #expect(!fileExists(run.output.path(LearntWords.fileName)))
    }

    @Test("A model of which words are told tells the new ones too")
    func wordsAreTold() async throws {
        defer { removeFolder(folder) }
        var run = try run("it", ["dataset.crop=center", "dataset.size=32"])
        run.model = folder.path("told")
        try copyWholeFolder(Fixture.path("tiny-pinxit"), to: run.model)
        var known = LearntWords()
        known.add(wordsOf: ["a red apple"])
        try known.write(to: run.model)
        #expect(try await run.run() == .finished)
        let words = try #require(try LearntWords(folder: run.output))
        #expect(words.unknown(in: "a red apple, sks dog") == [])
        #expect(words.unknown(in: "a zorp") == ["zorp"])
    }

    @Test("A place that holds another model is refused, and so is that of the model itself")
    func placeIsTaken() async throws {
        defer { removeFolder(folder) }
        var run = try run("it")
        run.output = Fixture.path("tiny-sd1")
        let itself = run
        let error = await #expect(throws: FileError.self) { _ = try await itself.run() }
        #expect(error?.path == itself.output && error?.problem.contains("new folder") == true)
        #expect(!fileExists(itself.folder))
    }

    @Test("A run that goes on does not write over another place, nor a first one over parts")
    func otherPlace() async throws {
        defer { removeFolder(folder) }
        #expect(try await run("it").run() == .finished)
        var other = try run("it")
        other.output = folder.path("other")
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-sd1"), toPath: other.output)
        let before = try readFile(other.output.path(Self.weights))
        let moved = other
        let error = await #expect(throws: FileError.self) { _ = try await moved.run() }
        #expect(error?.path == other.output && error?.problem.contains("another place") == true)
        try FileManager.default.removeItem(atPath: other.output.path("model_index.json"))
        other.folder = folder.path("new.runs")
        let half = other
        let refused = await #expect(throws: FileError.self) { _ = try await half.run() }
        #expect(refused?.problem.contains("is there already") == true)
        #expect(try readFile(other.output.path(Self.weights)) == before)
    }

    @Test("What does not fit into memory is refused with what it needs, before it is read")
    func memory() async throws {
        defer { removeFolder(folder) }
        let run = try run("it", ["optimisation.batch=65536", "dataset.size=2048"])
        let error = await #expect(throws: FileError.self) { _ = try await run.run() }
        #expect(error?.path == run.model, "\(String(describing: error))")
        #expect(error?.problem.contains("needs more than") == true)
        #expect(error?.problem.contains("the stage lora") == true)
        #expect(!fileExists(run.output) && !fileExists(run.folder))
    }

    @Test(
        "Another kind of model is refused by what it is",
        arguments: ["tiny-dalle", "tiny-unclip"])
    func otherKinds(_ name: String) async throws {
        defer { removeFolder(folder) }
        var run = try run("it")
        run.model = Fixture.path(name)
        let refused = run
        let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
        #expect(error?.path == refused.model)
        #expect(error?.problem.contains("Pipeline, which is not fine-tuned") == true)
    }

    @Test(
        "A wrong setting that was given beside the recipe is blamed itself",
        arguments: [
            ("optimisation.samples=abc", "optimisation.samples"),
            ("task.pitcures=4", "task.pitcures"), ("dataset.bucket_step=6", "dataset.bucket_step"),
        ])
    func blamesChange(_ change: String, _ field: String) async throws {
        defer { removeFolder(folder) }
        let run = try run("it", ["optimisation.batch=2", change])
        let error = await #expect(throws: FileError.self) { _ = try await run.run() }
        #expect(error?.path == "--set \(change)" && error?.field == field)
    }

    @Test("An output or a start that does not go with the stage is refused, and nothing is written")
    func misfits() async throws {
        defer { removeFolder(folder) }
        var run = try run("misfit")
        let output = run.output
        func refusal(_ run: TrainingRun) async throws -> FileError {
            let error = await #expect(throws: FileError.self) { try await run.run() }
            return try #require(error)
        }
        run.output = ""
        #expect(try await refusal(run).path == "output")
        (run.output, run.startFrom) = (output, Fixture.path("tiny-sd1"))
        #expect(try await refusal(run).path == "startFrom")
        let other = TrainingRun(
            stage: .diffusion, configuration: run.configuration, dataset: run.dataset,
            model: folder.path("model"), folder: folder.path("runs"), output: output)
        #expect(try await refusal(other).path == "output")
        #expect(!fileExists(folder.path("runs")) && !fileExists(output))
    }
}
