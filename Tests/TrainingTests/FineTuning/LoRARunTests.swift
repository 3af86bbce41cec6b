import Foundation
import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors
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

    /// A folder of pictures of three shapes.
    private func shapes() throws -> String {
        let path = folder.path("shapes")
        try makeFolder(path)
        for (number, size) in [(32, 32), (80, 40), (40, 80), (64, 64), (78, 41)].enumerated() {
            let color = [UInt8(number * 50), 90, 200]
            try Picture(width: size.0, height: size.1, color: color)
                .write(to: path.path("\(number).png"))
            try Data("a, b, c \(number)".utf8).write(
                to: URL(filePath: path.path("\(number).txt")))
        }
        return path
    }

    @Test("Pictures are learnt from in their own shapes, one at a time, and a stopped run goes on")
    func buckets() async throws {
        var whole = try run("whole", ["dataset.shuffle_tags=true", "dataset.keep_tokens=1"])
        whole.dataset = try shapes()
        #expect(try await whole.run() == .finished)
        func latents(_ name: String) throws -> [Int]? {
            try SafetensorsFile(path: whole.folder.path("latents-\(name).safetensors"))
                .entries["latents-\(name)"]?.shape
        }
        // Of each picture once, whatever the order of its tags.
        #expect(try latents("32x32") == [2, 8, 8, 4])
        #expect(try latents("40x24") == [2, 6, 10, 4])
        #expect(try latents("24x40") == [1, 10, 6, 4])
        let first = try bytes("whole")
        try FileManager.default.removeItem(atPath: whole.folder)
        try FileManager.default.removeItem(atPath: whole.output)
        #expect(try await whole.stopped(afterSteps: 3) == .interrupted)
        #expect(try await whole.run() == .finished)
        #expect(try bytes("whole") == first)
        let one = try SafetensorsFile(path: whole.output)
        #expect(one.metadata["ss_enable_bucket"] == "True")
        #expect(one.metadata["ss_bucket_info"]?.contains(#""resolution":[24,40]"#) == true)
        removeFolder(folder)
    }

    @Test(
        "Of SDXL the U-Net's modules are called as kohya's trainers call them, and are read again")
    func namesOfXL() async throws {
        let settings = [
            "task.layers=everything", "task.conv_rank=2", "dataset.crop=center", "dataset.size=32",
        ]
        var run = try run("xl", settings)
        run.model = Fixture.path("tiny-sdxl")
        let whole = run
        #expect(try await whole.run() == .finished)
        let file = try SafetensorsFile(path: run.output)
        let modules = Set(file.entries.keys.map { $0.prefix { $0 != "." } })
        #expect(!modules.contains { $0.contains("down_blocks") || $0.contains("up_blocks") })
        for name in [
            "lora_unet_input_blocks_1_0_in_layers_2", "lora_unet_middle_block_1_proj_in",
        ] {
            #expect(modules.contains { $0 == name }, "\(modules.sorted())")
        }
        #expect(file.metadata["ss_v2"] == "False")
        // A module that were not found would be refused.
        try await Engine.run {
            _ = try LatentDiffusion(
                DiffusersFolder(whole.model),
                LoadOptions(adapters: [WeightAdapter(file: whole.output)]))
        }
        removeFolder(folder)
    }

    @Test("No file that is not of the run is written over, least of all the model")
    func nothingIsWrittenOver() async throws {
        var run = try run("it")
        try Data("mine".utf8).write(to: URL(filePath: run.output))
        let refused = run
        let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
        #expect(error?.path == run.output && error?.problem.contains("is there already") == true)
        #expect(try readFile(run.output) == Array("mine".utf8))
        try FileManager.default.removeItem(atPath: run.output)
        let first = run
        #expect(try await first.run() == .finished)
        // Its own file is written again.
        #expect(try await first.run() == .finished)
        run.model = run.output
        let itself = run
        let before = try readFile(run.output)
        await #expect(throws: FileError.self) { _ = try await itself.run() }
        #expect(try readFile(run.output) == before)
        removeFolder(folder)
    }

    @Test("The size of the model's pictures is the same said or unsaid, and slashes say nothing")
    func unsaidSize() async throws {
        var run = try run("it", ["dataset.crop=center"])
        let unsaid = run
        #expect(try await unsaid.stopped(afterSteps: 1) == .interrupted)
        run.changes.append("dataset.size=\(try FineTuningBase.usual(run.model).size)")
        let said = run
        #expect(try await said.run() == .finished)
        #expect("a/b//".withoutSlash == "a/b" && "/".withoutSlash == "/")
        #expect(FineTuningBase.place("it/") == FineTuningBase.place("./it"))
        removeFolder(folder)
    }

    @Test("SDXL is told of each picture how large it was and where it was cut")
    func sizesAreTold() {
        let view = PictureView(
            original: .init(width: 200, height: 100), left: 3, top: 2,
            shape: .init(width: 88, height: 40))
        #expect(MicroConditions(view).numbers(6) == [100, 200, 2, 3, 40, 88])
        let whole = PictureView(whole: .init(width: 64, height: 64))
        #expect(MicroConditions(whole) == MicroConditions(wholePicture: 64))
    }

    @Test("The model's folder stays as it is, and its words too")
    func modelStays() async throws {
        let model = folder.path("model")
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-sd1"), toPath: model)
        let words = #"{"english": {"things": ["cat"], "words": ["a", "cat"]}}"#
        try Data(words.utf8).write(to: URL(filePath: model.path("words.json")))
        func contents() throws -> [String: Data] {
            let files = try FileManager.default.subpathsOfDirectory(atPath: model)
            return Dictionary(
                uniqueKeysWithValues: files.compactMap { name in
                    FileManager.default.contents(atPath: model.path(name)).map { (name, $0) }
                })
        }
        let before = try contents()
        var still = try run("still")
        still.model = model
        #expect(try await still.run() == .finished)
        #expect(try contents() == before)
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

    @Test("A run does not go on with another model, or other prior pictures, unless it is accepted")
    func otherOrigin() async throws {
        let prior = folder.path("prior")
        var whole = try run("it", ["task.prior_pictures=\(prior)"])
        try makeFolder(prior)
        try Picture(width: 8, height: 8, color: [9, 90, 200]).write(to: prior.path("a.png"))
        func say(_ caption: String) throws {
            try Data(caption.utf8).write(to: URL(filePath: prior.path("a.txt")))
        }
        try say("a cat")
        #expect(try await whole.stopped(afterSteps: 3) == .interrupted)
        try say("a dog")
        let before = whole
        let spoken = await #expect(throws: FileError.self) { _ = try await before.run() }
        #expect(spoken?.path == prior)
        try say("a cat")
        var sized = whole
        sized.changes.append("dataset.size=24")
        let smaller = sized
        let size = await #expect(throws: FileError.self) { _ = try await smaller.run() }
        #expect(size?.problem.contains("(size 32, crop bucket") == true, "\(size?.problem ?? "")")
        #expect(size?.problem.contains("now size 24, crop bucket") == true)
        whole.model = folder.path("other")
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-sd1"), toPath: whole.model)
        let weights = whole.model.path("unet/diffusion_pytorch_model.safetensors")
        var bytes = try readFile(weights)
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(filePath: weights))
        let other = whole
        let error = await #expect(throws: FileError.self) { _ = try await other.run() }
        #expect(error?.path == whole.model)
        #expect(error?.problem.contains("holds other weights or settings") == true)
        whole.acceptingChanges = true
        #expect(try await whole.run() == .finished)
        removeFolder(folder)
    }

    @Test("Prior pictures of which nothing says what they show are refused")
    func mutePrior() async throws {
        let run = try run("mute", ["task.prior_pictures=\(folder.path("bare"))"])
        try makeFolder(folder.path("bare"))
        try Picture(width: 8, height: 8, color: [9, 90, 200]).write(to: folder.path("bare/1.png"))
        let error = await #expect(throws: FileError.self) { _ = try await run.run() }
        #expect(error?.path == folder.path("bare"))
        #expect(error?.problem.contains("without captions") == true)
        removeFolder(folder)
    }

    @Test("Settings that do not go with the model are refused by name")
    func refused() async throws {
        for (changes, field) in [
            (["dataset.size=9", "dataset.crop=center"], "dataset.size"),
            (["task.rank=0"], "task.rank"), (["task.rnak=4"], "task.rnak"),
            (["task.conv_rank=4"], "task.conv_rank"),
            (["dataset.bucket_step=6"], "dataset.bucket_step"),
            (["dataset.bucket_step=64"], "dataset.bucket_step"),
            (["dataset.crop=center", "dataset.bucket_step=8"], "dataset.bucket_step"),
            (["dataset.keep_tokens=1"], "dataset.keep_tokens"),
        ] {
            let run = try run("refused", changes)
            let error = await #expect(throws: FileError.self) { _ = try await run.run() }
            #expect(error?.field == field, "\(changes)")
        }
        removeFolder(folder)
    }
}
