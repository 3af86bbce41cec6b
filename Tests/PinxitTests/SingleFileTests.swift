import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

@testable import Pinxit

/// A model in a folder and the same in one file paint the same, and either becomes the other.
@Suite struct SingleFilePaintingTests {
    private let root =
        "\(FileManager.default.temporaryDirectory.path)/single-\(UInt64.random(in: 0 ... .max))"

    private static func write(
        _ folder: String, _ file: String, _ config: JSONValue, seed: UInt64,
        _ build: (Weights) -> Void
    ) throws {
        let store = ParameterStore(seed: seed, tracked: false)
        build(store.root)
        try makeFolder(folder)
        try JSONFile.write(config, to: folder.path("config.json"))
        let tensors = Dictionary(
            uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor.cast(to: .f16)) })
        try Checkpoint.save(tensors, to: folder.path(file))
    }

    /// A small Stable Diffusion 1 whose sizes are the usual ones: heads of 64, norms of 32 groups.
    private func writeModel(to folder: String) async throws {
        try await Engine.run {
            let unet = UNetConfiguration(
                sampleSize: 64, inChannels: 4, outChannels: 4, blockOutChannels: [64, 128],
                attentionLevels: [true, false], layersPerBlock: [1, 1], heads: [1, 2],
                crossAttentionWidth: 64)
            var vae = AutoencoderKLConfiguration()
            (vae.blockOutChannels, vae.layersPerBlock) = ([32, 32, 32, 32], 1)
            let text = CLIPTextConfiguration(
                vocabularySize: 49_408, hiddenSize: 64, intermediateSize: 64, layers: 2, heads: 1,
                maxPositions: 77, activation: .gelu, projectionSize: 64)
            let weights = "diffusion_pytorch_model.safetensors"
            try Self.write(folder.path("unet"), weights, unet.json, seed: 1) { _ = UNet($0, unet) }
            try Self.write(folder.path("vae"), weights, vae.json, seed: 2) {
                _ = AutoencoderKL($0, vae)
            }
            try Self.write(folder.path("text_encoder"), "model.safetensors", text.json, seed: 3) {
                _ = CLIPTextModel($0("text_model"), text)
            }
            try makeFolder(folder.path("tokenizer"))
            try CLIPVocabulary.openAI.write(to: folder.path("tokenizer"), modelMaxLength: 77)
            var schedule = SchedulerConfiguration(sampler: .pndm)
            (schedule.betaStart, schedule.betaEnd) = (0.00085, 0.012)
            (schedule.betaSchedule, schedule.stepsOffset) = (.scaledLinear, 1)
            schedule.setAlphaToOne = false
            try makeFolder(folder.path("scheduler"))
            try JSONFile.write(schedule.json, to: folder.path("scheduler/scheduler_config.json"))
            try JSONFile.write(
                ["_class_name": "StableDiffusionPipeline"], to: folder.path("model_index.json"))
        }
    }

    @Test func foldersAndFilesBecomeOneAnother() async throws {
        defer { removeFolder(root) }
        let (folder, file, again) = (root.path("model"), root.path("m.safetensors"), root.path("b"))
        try await writeModel(to: folder)
        try await Engine.run {
            try ModelConversion(DiffusersFolder(folder), type: .f16).writeFile(file)
            try ModelConversion(SingleFile(file), type: .f16).writeFolder(again)
        }
        for component in ["unet", "vae", "text_encoder"] {
            let (one, other) = (
                try Component(path: folder.path(component)).tensors(),
                try Component(path: again.path(component)).tensors()
            )
            #expect(one.count == other.count)
            for (name, tensor) in one {
                let copy = try #require(other[name], "\(component) \(name)")
                #expect(copy.shape == tensor.shape && copy.bytes == tensor.bytes, "\(name)")
            }
        }
        let request = PaintRequest(
            prompt: "a red apple!", width: 64, height: 64, seed: 3, precision: .f32,
            diffusion: DiffusionOptions(steps: 2))
        var pictures: [PaintedPicture] = []
        for model in [folder, file, again] {
            pictures += try await Painter(folder: model).paint(request).pictures
        }
        #expect(pictures[0].picture == pictures[1].picture)
        #expect(pictures[0].picture == pictures[2].picture)
        #expect(Set(pictures[0].picture.pixels).count > 8)
        #expect(pictures[1].model == "m")
    }

    @Test("Single files are merged as folders are: with itself a model is the same")
    func filesAreMerged() async throws {
        defer { removeFolder(root) }
        let (folder, file, merged) = (
            root.path("model"), root.path("m.safetensors"), root.path("merged.safetensors")
        )
        try await writeModel(to: folder)
        try await Engine.run {
            try ModelConversion(DiffusersFolder(folder), type: .f16).writeFile(file)
            let merge = try ModelMerge(SingleFile(file), since: DiffusersFolder(folder), scale: 1)
            try ModelConversion(SingleFile(file), type: .f16, merge: merge).writeFile(merged)
            let (one, other) = (try Checkpoint.load(file), try Checkpoint.load(merged))
            #expect(one.keys.sorted() == other.keys.sorted())
            for (name, tensor) in one {
                // As numbers: a zero may lose its sign.
                let copy = try #require(other[name], "\(name)")
                #expect(copy.cast(to: .f32).floats == tensor.cast(to: .f32).floats, "\(name)")
            }
        }
    }

    @Test("What is lost in a file or in a type is said before anything is written")
    func lossesAreRefused() async throws {
        defer { removeFolder(root) }
        let (folder, file) = (root.path("model"), root.path("m.safetensors"))
        try await writeModel(to: folder)
        func change(_ place: String, _ from: String, _ to: String) throws {
            let path = folder.path(place)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(from))
            try text.replacing(from, with: to).write(
                toFile: path, atomically: true, encoding: .utf8)
        }
        for (place, from, to, hint) in [
            ("vae/config.json", "\"scaling_factor\": 0.18", "\"scaling_factor\": 0.28", "scaling"),
            ("text_encoder/config.json", "\"gelu\"", "\"quick_gelu\"", "activation"),
            ("scheduler/scheduler_config.json", "scaled_linear", "linear", "betas"),
            (
                "scheduler/scheduler_config.json", "\"num_train_timesteps\": 1000",
                "\"num_train_timesteps\": 500", "betas"
            ),
        ] {
            try change(place, from, to)
            let error = try await #require(throws: FileError.self) {
                try await Engine.run {
                    try ModelConversion(DiffusersFolder(folder), type: .f16).writeFile(file)
                }
            }
            #expect(error.field.contains(hint), "\(error)")
            try change(place, to, from)
        }
        let weights = folder.path("vae/diffusion_pytorch_model.safetensors")
        try await Engine.run {
            var tensors = try Checkpoint.load(weights).mapValues { $0.cast(to: .f32).copy() }
            tensors["decoder.conv_out.bias"] = Tensor([1e6, 0, 0])
            try Checkpoint.save(tensors, to: weights)
        }
        let error = try await #require(throws: FileError.self) {
            try await Engine.run {
                try ModelConversion(DiffusersFolder(folder), type: .f16)
                    .writeFolder(root.path("other"))
            }
        }
        #expect(error.field == "decoder.conv_out.bias" && error.problem.contains("too large"))
        let left = try FileManager.default.contentsOfDirectory(atPath: root)
        #expect(left == ["model"])
    }

    @Test("What a file cannot say is not written into one")
    func unusualSizesStayInFolders() async throws {
        let file = root.path("m.safetensors")
        await #expect(throws: FileError.self) {
            try await Engine.run {
                try ModelConversion(DiffusersFolder(Fixture.path("tiny-sd1")), type: .f32)
                    .writeFile(file)
            }
        }
        #expect(!fileExists(file))
    }
}

extension Tensor {
    fileprivate var bytes: [UInt8] {
        Array(UnsafeRawBufferPointer(start: pointer, count: byteCount))
    }
}
