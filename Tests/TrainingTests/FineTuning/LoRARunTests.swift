import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Whole runs of the stage `lora` on a random model.
@Suite struct LoRARunTests {
    private let folder = NSTemporaryDirectory() + "pinxit-lora-\(UUID().uuidString)"

    private func run(_ name: String, _ changes: [String] = []) throws -> TrainingRun {
        try makeFolder(folder)
        let recipe = """
            {"task": {"rank": 2, "alpha": 1},
             "optimisation": {"samples": 12, "batch": 2, "learning_rate": 1e-2, "warm_up": 1,
                              "average_decay": 0, "save_every": 2, "precision": "f32"}}
            """
        try Data(recipe.utf8).write(to: URL(filePath: folder.path("lora.json")))
        var run = TrainingRun(
            stage: .lora, configuration: folder.path("lora.json"),
            dataset: Fixture.path("folders/kohya"), model: Fixture.path("tiny-sd1"),
            folder: folder.path("\(name).runs"))
        run.output = folder.path("\(name).safetensors")
        run.changes = changes
        run.quiet = true
        return run
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try readFile(folder.path("\(name).safetensors"))
    }

    @Test("A stopped LoRA ends with the same bits as one that was not, prior pictures among them")
    func resumes() async throws {
        let prior = Fixture.path("folders/imagefolder-jsonl")
        let changes = [
            "task.prior_pictures=\(prior)", "task.offset_noise=0.1", "task.min_snr=5",
            "task.train_text_encoder=true", "dataset.mirror=true", "task.layers=everything",
            "task.dora=true", "task.recompute=true",
        ]
        let whole = try run("it", changes)
        #expect(try await whole.run() == .finished)
        let first = try bytes("it")
        try FileManager.default.removeItem(atPath: folder.path("it.runs"))
        try FileManager.default.removeItem(atPath: folder.path("it.safetensors"))
        #expect(try await whole.stopped(afterSteps: 3) == .interrupted)
        #expect(!fileExists(folder.path("it.safetensors")))
        #expect(try await whole.run() == .finished)
        #expect(try bytes("it") == first)
        let file = try SafetensorsFile(path: folder.path("it.safetensors"))
        let tags = file.metadata["ss_tag_frequency"] ?? ""
        #expect(tags.hasPrefix(#"{"kohya":{"#), "\(tags)")
        let tensors = file.entries.keys
        #expect(tensors.contains { $0.hasPrefix("lora_unet_") && $0.hasSuffix("lora_up.weight") })
        #expect(tensors.contains { $0.hasPrefix("lora_te_") })
        #expect(tensors.contains("lora_unet_down_blocks_0_resnets_0_conv1.dora_scale"))
        removeFolder(folder)
    }

    @Test("All five drawings of a zorp are learnt from: none is held out")
    func learnsFromAll() async throws {
        var run = try run("zorp")
        run.dataset = Fixture.path("zorp")
        #expect(try await run.run() == .finished)
        let latents = try SafetensorsFile(path: folder.path("zorp.runs/latents.safetensors"))
        #expect(latents.entries["latents"]?.shape.first == 5)
        removeFolder(folder)
    }

    @Test("The model's folder stays as it is, and its words too")
    func modelStays() async throws {
        let before = try FileManager.default.subpathsOfDirectory(
            atPath: Fixture.path("tiny-sd1"))
        #expect(try await run("still").run() == .finished)
        let after = try FileManager.default.subpathsOfDirectory(atPath: Fixture.path("tiny-sd1"))
        #expect(before.sorted() == after.sorted())
        removeFolder(folder)
    }

    @Test(
        "Models that a LoRA is not trained on are refused, and min-SNR weights for flows",
        arguments: [
            ("tiny-lcm", [], "told its guidance"), ("tiny-pinxit", ["task.min_snr=5"], "flows"),
        ])
    func refusedModels(_ model: String, _ changes: [String], _ problem: String) async throws {
        var run = try run("other", changes)
        run.model = Fixture.path(model)
        let refused = run
        let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        #expect(!fileExists(run.output))
        removeFolder(folder)
    }

    @Test("Prior pictures that are not there leave nothing, before anything is encoded")
    func missingPrior() async throws {
        let run = try run("nothing", ["task.prior_pictures=nosuch"])
        await #expect(throws: FileError.self) { _ = try await run.run() }
        #expect(!fileExists(run.folder) && !fileExists(run.output))
        removeFolder(folder)
    }

    @Test("Settings that do not go with the model are refused by name")
    func refused() async throws {
        for (change, field) in [
            ("dataset.size=9", "dataset.size"), ("task.rank=0", "task.rank"),
            ("task.rnak=4", "task.rnak"), ("task.conv_rank=4", "task.conv_rank"),
        ] {
            let run = try run("refused", [change])
            let error = await #expect(throws: FileError.self) { _ = try await run.run() }
            #expect(error?.field == field, "\(change)")
        }
        removeFolder(folder)
    }
}
