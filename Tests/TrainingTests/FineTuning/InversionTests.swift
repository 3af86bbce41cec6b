import Foundation
import PinxitAutograd
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Textual inversion: new words for a model that stays.
@Suite struct InversionTests {
    private let folder = NSTemporaryDirectory() + "pinxit-inversion-\(UUID().uuidString)"

    private func settings(_ recipe: JSONValue) throws -> InversionSettings {
        try InversionSettings(SettingsReader(JSONField(file: "recipe", path: "", value: recipe)))
    }

    @Test("Loss and gradients of a word's vectors are PyTorch's, step after step")
    func gradients() async throws {
        try await Engine.run {
            let fixture = try Fixture("lora-training.safetensors")
            let settings = try settings(
                ["word": "my-zorp", "initial_word": "zorp", "vectors": 2])
            let plain = try LatentDiffusion.text(of: DiffusersFolder(Fixture.path("tiny-sd1")))
            let learner = try InversionLearner(settings, plain, of: "tiny-sd1")
            let vectors = learner.store.parameters[0].tensor
            #expect(learner.store.parameters.map(\.name) == ["my-zorp"])
            vectors.overwrite(with: fixture["inversion/vectors"])
            let model = try LatentDiffusion(
                DiffusersFolder(Fixture.path("tiny-sd1")), try learner.options(nil))
            let noising = DenoisingLoss(model.scheduler, settings.common)
            let step = FineTuningStep(model: model, noising: noising, precision: .f32)
            let times = try #require(fixture.parameter("inversion/times")).split(separator: ",")
                .compactMap { Int($0) }.map(noising.time(at:))
            // A second time, since a tape that is walked back is used up.
            for _ in 0..<2 {
                let loss = try step.loss(
                    x0: fixture["inversion/x0"], noise: fixture["inversion/noise"], times: times,
                    captions: ["a red my-zorp", "my-zorp on grass"], views: [])
                let expected = fixture["inversion/loss"].item
                #expect(abs(loss.item - expected) < 2e-4 * expected)
                let found = PinxitAutograd.gradients(of: loss, withRespectTo: [vectors])
                let gradient = try #require(found[0])
                #expect(relativeDifference(gradient, fixture["inversion/gradient"]) < 2e-4)
            }
        }
    }

    @Test("Captions get the word by the template, unless they have it")
    func captions() throws {
        let plain = try settings(["word": "sks-dog", "initial_word": "dog"])
        #expect(plain.caption("a dog") == "a photo of sks-dog")
        for own in ["my sks-dog in the sun", "a sks-dog, sitting", "Sks-Dog"] {
            #expect(plain.caption(own) == own)
        }
        #expect(plain.caption("a sks-doggy") == "a photo of sks-dog")
        let own = try settings([
            "word": "sks-dog", "initial_word": "dog", "template": "{word}, {caption}",
        ])
        #expect(own.caption("in the sun") == "sks-dog, in the sun")
    }

    @Test(
        "A word that is none, or a template without it, is refused by name",
        arguments: [
            (["word": "two words", "initial_word": "dog"], "word"),
            (["word": "", "initial_word": "dog"], "word"),
            (["word": "clip_l", "initial_word": "dog"], "word"),
            (["word": "sks", "initial_word": "dog", "template": "a photo"], "template"),
        ] as [(JSONValue, String)])
    func refused(_ recipe: JSONValue, _ field: String) {
        let error = #expect(throws: FileError.self) { _ = try settings(recipe) }
        #expect(error?.field == field)
    }

    @Test("Pictures need no captions, unless the template has them")
    func barePictures() async throws {
        defer { removeFolder(folder) }
        var run = try run("tiny-sd1")
        run.dataset = folder.path("bare")
        try makeFolder(run.dataset)
        try FileManager.default.copyItem(
            atPath: Fixture.path("zorp/1.png"), toPath: run.dataset.path("1.png"))
        #expect(try await run.run() == .finished)
        run.changes = ["task.template={word}, {caption}"]
        run.folder = folder.path("other.runs")
        let needing = run
        await #expect(throws: FileError.self) { _ = try await needing.run() }
    }

    @Test("A word that a file could not hold is refused", arguments: ["*", "__metadata__"])
    func wordOfFiles(_ word: String) async throws {
        defer { removeFolder(folder) }
        var run = try run("tiny-sd1")
        run.changes = ["task.word=\(word)"]
        let special = run
        let error = await #expect(throws: FileError.self) { _ = try await special.run() }
        #expect(error?.field == "task.word" && error?.problem.contains("your own") == true)
    }

    @Test("A word that the model has is refused")
    func knownWord() async throws {
        defer { removeFolder(folder) }
        var run = try run("tiny-sd1")
        run.changes = ["task.word=a"]
        let known = run
        let error = await #expect(throws: FileError.self) { _ = try await known.run() }
        #expect(error?.problem.contains("already") == true)
    }

    private func run(_ model: String) throws -> TrainingRun {
        try makeFolder(folder)
        let recipe = """
            {"task": {"word": "my-zorp", "initial_word": "apple", "vectors": 3},
             "optimisation": {"samples": 12, "batch": 2, "learning_rate": 1e-2, "warm_up": 1,
                              "average_decay": 0, "save_every": 2, "precision": "f32"}}
            """
        try Data(recipe.utf8).write(to: URL(filePath: folder.path("inversion.json")))
        var run = TrainingRun(
            stage: .inversion, configuration: folder.path("inversion.json"),
            dataset: Fixture.path("folders/kohya"), model: Fixture.path(model),
            folder: folder.path("it.runs"))
        run.output = folder.path("it.safetensors")
        run.quiet = true
        return run
    }

    @Test(
        "What was learnt changes pictures of the word, and the file is of everybody's form",
        arguments: [("tiny-sd1", ["my-zorp"]), ("tiny-sdxl", ["clip_g", "clip_l"])])
    func trained(_ model: String, _ names: [String]) async throws {
        defer { removeFolder(folder) }
        #expect(try await run(model).run() == .finished)
        let file = folder.path("it.safetensors")
        #expect(try SafetensorsFile(path: file).entries.keys.sorted() == names)
        try await Engine.run {
            var options = LoadOptions()
            // Of SDXL too, in whose files no key is the word.
            let embedding = try WordEmbedding(file: file)
            let outline = try WordEmbedding.outline(file: file)
            #expect(embedding.word == "my-zorp" && outline.word == "my-zorp")
            options.embeddings = [embedding]
            let source = DiffusersFolder(Fixture.path(model))
            let start = try LatentDiffusion(source).text(["my-zorp"], type: .f32).states
            let learnt = try LatentDiffusion(source, options)
            #expect(relativeDifference(learnt.text(["my-zorp"], type: .f32).states, start) > 1e-2)
        }
    }

    @Test("A stopped inversion ends with the same bits as one that was not")
    func resumes() async throws {
        defer { removeFolder(folder) }
        let whole = try run("tiny-sd1")
        #expect(try await whole.run() == .finished)
        let first = try readFile(folder.path("it.safetensors"))
        try FileManager.default.removeItem(atPath: folder.path("it.runs"))
        try FileManager.default.removeItem(atPath: folder.path("it.safetensors"))
        #expect(try await whole.stopped(afterSteps: 3) == .interrupted)
        #expect(try await whole.run() == .finished)
        #expect(try readFile(folder.path("it.safetensors")) == first)
    }
}
