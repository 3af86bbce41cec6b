import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Distillation of the fixtures' model of rectified flow.
@Suite final class DistillationTaskTests {
    private let folder = NSTemporaryDirectory() + "pinxit-distillation-\(UUID().uuidString)"
    private let teacher = Fixture.path("tiny-pinxit")

    init() throws { try Toys.library.write(to: "\(folder)/data") }
    deinit { removeFolder(folder) }

    private func run(_ name: String, _ changes: [String] = []) throws -> TrainingRun {
        let recipe = """
            {"task": {"teacher": "\(teacher)", "captions": 64, "steps": 2, "teacher_steps": [3, 1]},
             "optimisation": {"samples": 24, "batch": 4, "learning_rate": 3e-3, "warm_up": 2,
                              "report_every": 1000, "save_every": 2},
             "prompts": ["a red apple", "两只猫"]}
            """
        try Data(recipe.utf8).write(to: URL(fileURLWithPath: "\(folder)/recipe.json"))
        var run = TrainingRun(
            stage: .distillation, configuration: "\(folder)/recipe.json",
            dataset: "\(folder)/data", model: "\(folder)/\(name)", folder: "\(folder)/\(name)-run")
        run.changes = changes
        run.quiet = true
        return run
    }

    /// The numbers of a column of a run's table.
    private func column(_ name: String, _ table: String) throws -> [Double] {
        let text = try String(contentsOfFile: "\(folder)/\(table).csv", encoding: .utf8)
        let rows = text.split(separator: "\n").map { $0.split(separator: ",") }
        let place = try #require(rows[0].firstIndex { $0 == name })
        return rows.dropFirst().compactMap { Double($0[place]) }
    }

    @Test(
        "It comes nearer to its teacher, and the folder is whole, with its teacher's text encoder")
    func learns() async throws {
        let still = ["optimisation.samples=4", "optimisation.learning_rate=0"]
        #expect(try await run("still", still).run() == .finished)
        let longer = [
            "optimisation.samples=400", "optimisation.learning_rate=3e-4",
            "optimisation.warm_up=20", "optimisation.average_decay=0.9",
        ]
        #expect(try await run("learnt", longer).run() == .finished)
        let before = try #require(try column("heldout/difference", "still-run/heldout").last)
        let after = try #require(try column("heldout/difference", "learnt-run/heldout").last)
        #expect(after < 0.9 * before, "\(before) before, \(after) after")
        let model = "\(folder)/learnt"
        let usual = try JSONFile.read(model.path("pinxit.json"))
        #expect(try usual["steps"].int() == 2 && usual["guidance_scale"].double() == 1)
        #expect(
            try JSONFile.read(model.path("scheduler/scheduler_config.json"))["solver_order"].int()
                == 1)
        #expect(
            try weightsIdentity(model.path("text_encoder"))
                == weightsIdentity(teacher.path("text_encoder")))
        #expect(fileExists(model.path("model_index.json")))
        // This teacher does not say which words it knows, so nor does its student.
        #expect(!fileExists(model.path("words.json")))
    }

    @Test("A stopped run ends with the same bits")
    func resumes() async throws {
        #expect(try await run("whole").run() == .finished)
        #expect(try await run("stopped").stopped(afterSteps: 3) == .interrupted)
        #expect(try await run("stopped").run() == .finished)
        func state(_ name: String) throws -> [String: Tensor] {
            try SafetensorsFile(path: "\(folder)/\(name)-run/checkpoint.safetensors").tensors()
        }
        let (expected, found) = (try state("whole"), try state("stopped"))
        #expect(expected.keys.contains("first/conv_in.weight"))
        #expect(expected.keys.sorted() == found.keys.sorted())
        for (name, tensor) in expected {
            let other = try #require(found[name])
            let same = memcmp(tensor.pointer, other.pointer, tensor.byteCount) == 0
            #expect(same && tensor.byteCount == other.byteCount, "\(name) differs")
        }
    }

    /// A teacher of one step goes along its guided velocity u + s (c - u), where the student, which
    /// starts as it, says c: the loss is the mean square of (s - 1)(c - u).
    @Test("The first loss is how far guidance leads from the prediction")
    func firstLoss() async throws {
        let run = try run(
            "first",
            [
                "task.steps=1", "task.teacher_steps=[1]", "task.between=0", "task.own_starts=0",
                "task.teacher_guidance=3", "optimisation.samples=4", "optimisation.log_every=1",
                "optimisation.precision=\"f32\"",
            ])
        #expect(try await run.run() == .finished)
        let found = try #require(try column("loss", "first-run/train").first)
        let expected = try await Self.guidance(scale: 3, of: teacher)
        #expect(abs(found - expected) < 1e-3 * expected, "\(found), not \(expected)")
    }

    @Engine
    private static func guidance(scale: Float, of teacher: String) throws -> Double {
        let text = try CLIPTextConditioner(
            folder: teacher.path("text_encoder"), tokenizer: teacher.path("tokenizer"))
        let unet = try UNet.load(folder: teacher.path("unet"))
        let composer = Composer(library: try Toys.library, seed: 1, split: .train)
        var order = EpochOrder(count: 64, seed: 1)
        let captions = order.batch(step: 0, size: 4).map(composer.caption)
        var random = SplitMix64(seed: 2, index: 0)
        let side = unet.configuration.sampleSize
        let noise = random.normal([4, side, side, unet.inChannels])
        func velocity(_ texts: [String]) throws -> Tensor {
            try unet(
                noise, timesteps: [999, 999, 999, 999],
                context: text(texts, type: .f32).states)
        }
        let change = try velocity(captions) - velocity(["", "", "", ""])
        return Double(((scale - 1) * (scale - 1)) * change.squared.mean().item)
    }

    @Test("A teacher is not written over")
    func teacherIsTheModel() async throws {
        try FileManager.default.copyItem(atPath: teacher, toPath: "\(folder)/own")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/link", withDestinationPath: "own")
        for name in ["own", "link"] {
            let run = try run(name, ["task.teacher=\(folder)/own"])
            let error = await #expect(throws: FileError.self) { _ = try await run.run() }
            #expect(error?.path == run.model && error?.problem.contains("is the teacher") == true)
            #expect(!fileExists("\(folder)/\(name)-run"))
        }
    }

    @Test(
        "Settings that are out of range or do not go together are refused by name, leaving nothing")
    func refusedSettings() async throws {
        for (change, field) in [
            ("task.steps=0", "task.steps"), ("task.steps=3", "task.teacher_steps"),
            ("task.own_starts=1.5", "task.own_starts"), ("task.between=-1", "task.between"),
            ("task.teacher_guidance=0.5", "task.teacher_guidance"),
            ("task.flow_shift=0", "task.flow_shift"),
            ("task.guidance_scale=3", "task.guidance_scale"),
        ] {
            let refused = try run("refused", [change])
            let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
            #expect(error?.field == field, "\(change): \(error?.description ?? "")")
        }
        #expect(!fileExists("\(folder)/refused") && !fileExists("\(folder)/refused-run"))
    }

    @Test("A teacher that is no rectified flow, or is not there, is refused, leaving nothing")
    func refusedTeachers() async throws {
        let unclip = "\(folder)/unclip"
        try copyWholeFolder(teacher, to: unclip)
        removeFolder(unclip.path("unet"))
        try copyWholeFolder(Fixture.path("tiny-unclip/unet"), to: unclip.path("unet"))
        for (name, problem) in [
            (Fixture.path("tiny-sd1"), "accepted of a teacher: flow_prediction"),
            (unclip, "takes vectors beside the text"),
            ("\(folder)/nowhere", "nowhere/tokenizer: is missing"),
        ] {
            let refused = try run("refused", ["task.teacher=\"\(name)\""])
            let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
            #expect(
                error?.description.lowercased().contains(problem) == true,
                "\(error?.description ?? "")")
        }
        #expect(!fileExists("\(folder)/refused"))
    }

    @Test("A folder with another text encoder than the teacher's is refused and stays")
    func refusedFolder() async throws {
        let own = "\(folder)/other/text_encoder"
        try copyWholeFolder(Fixture.path("tiny-sd1/text_encoder"), to: own)
        let refused = try run("other")
        let error = await #expect(throws: FileError.self) { _ = try await refused.run() }
        #expect(error?.path == own && error?.problem.contains("the teacher") == true)
        #expect(fileExists(own.path("config.json")) && !fileExists("\(folder)/other/vae"))
    }
}
