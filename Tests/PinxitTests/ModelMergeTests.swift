import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

/// Models moved towards others, and by what others have learnt.
@Suite struct ModelMergeTests {
    private let root =
        "\(FileManager.default.temporaryDirectory.path)/merge-\(UInt64.random(in: 0 ... .max))"
    private let model = Fixture.path("tiny-sd1")

    /// A copy whose weights of a component are changed.
    private func copy(
        _ name: String, _ component: String, _ change: @Sendable @escaping (Float) -> Float
    ) async throws -> String {
        let folder = root.path(name)
        try makeFolder(root)
        try FileManager.default.copyItem(atPath: model, toPath: folder)
        let changed = try Component(path: folder.path(component))
        let file = try changed.weightsPath()
        try await Engine.run {
            let tensors = try changed.tensors().mapValues { tensor in
                Tensor(tensor.cast(to: .f32).floats.map(change), shape: tensor.shape)
            }
            try Checkpoint.save(tensors, to: file)
        }
        return folder
    }

    private func weights(_ folder: String, _ component: String) throws -> [String: [Float]] {
        try Component(path: folder.path(component)).tensors().mapValues {
            $0.cast(to: .f32).floats
        }
    }

    private func merged(_ merge: ModelMerge) async throws -> String {
        let output = root.path("merged-\(UInt64.random(in: 0 ... .max))")
        try await Engine.run {
            try ModelConversion(DiffusersFolder(model), type: .f32, merge: merge)
                .writeFolder(output)
        }
        return output
    }

    /// How far each number lies from what it is expected to be, at most, in the numbers' size.
    private func error(
        _ folder: String, _ component: String, expected: (Float) -> Float
    ) throws -> Float {
        let (own, found) = (try weights(model, component), try weights(folder, component))
        var worst: Float = 0
        #expect(Set(found.keys) == Set(own.keys) && !found.isEmpty)
        for (name, values) in found {
            let before = try #require(own[name])
            #expect(values.count == before.count && values.allSatisfy(\.isFinite), "\(name)")
            for (value, before) in zip(values, before) {
                let right = expected(before)
                worst = max(worst, abs(value - right) / max(abs(right), 1))
            }
        }
        return worst
    }

    @Test("A weighted sum lies between two models, and what is not merged stays")
    func weightedSum() async throws {
        defer { removeFolder(root) }
        let other = try await copy("other", "unet") { 3 * $0 + 1 }
        for scale in [Float(0), 0.25, 1] {
            let folder = try await merged(ModelMerge(DiffusersFolder(other), scale: scale))
            let error = try error(folder, "unet") { $0 + scale * (2 * $0 + 1) }
            #expect(error < 1e-6, "\(scale): \(error)")
            #expect(try weights(folder, "text_encoder") == weights(model, "text_encoder"))
        }
        let without = try await merged(
            ModelMerge(DiffusersFolder(other), scale: 1, names: ["vae", "text_encoder"]))
        #expect(try weights(without, "unet") == weights(model, "unet"))
    }

    @Test("What a model has learnt since its base is given to another")
    func addedDifference() async throws {
        defer { removeFolder(root) }
        let base = try await copy("base", "unet") { $0 / 2 }
        let learnt = try await copy("learnt", "unet") { $0 / 2 + 0.25 }
        let folder = try await merged(
            ModelMerge(DiffusersFolder(learnt), since: DiffusersFolder(base), scale: 2))
        let error = try error(folder, "unet") { $0 + 0.5 }
        #expect(error < 1e-6, "\(error)")
    }

    @Test("Models that read other tokens, predict something else or have other sizes are refused")
    func unlikeModels() async throws {
        defer { removeFolder(root) }
        func refusal(_ other: String, _ names: Set<String>) async throws -> FileError {
            try await #require(throws: FileError.self) {
                _ = try await merged(ModelMerge(DiffusersFolder(other), scale: 1, names: names))
            }
        }
        let other = try await copy("other", "text_encoder") { $0 }
        let vocabulary = other.path("tokenizer/vocab.json")
        let text = try String(contentsOfFile: vocabulary, encoding: .utf8)
        // Two signs change their places.
        let changed = text.replacing("\"b</w>\"", with: "\"sign\"")
            .replacing("\"c</w>\"", with: "\"b</w>\"").replacing("\"sign\"", with: "\"c</w>\"")
        #expect(changed != text)
        try changed.write(toFile: vocabulary, atomically: true, encoding: .utf8)
        let schedule = other.path("scheduler/scheduler_config.json")
        let own = try String(contentsOfFile: schedule, encoding: .utf8)
        let velocity = own.replacing(
            "\"clip_sample\"", with: "\"prediction_type\": \"v_prediction\", \"clip_sample\"")
        #expect(velocity != own)
        try velocity.write(toFile: schedule, atomically: true, encoding: .utf8)
        let tokens = try await refusal(other, ["text_encoder"])
        #expect(tokens.field == "tokenizer", "\(tokens)")
        let prediction = try await refusal(other, ["unet"])
        #expect(prediction.field == "prediction_type" && prediction.problem.contains("epsilon"))
        let sizes = try await refusal(Fixture.path("tiny-pinxit"), ["vae"])
        #expect(sizes.problem.contains("missing") || sizes.problem.contains("shape"), "\(sizes)")
        let left = try FileManager.default.contentsOfDirectory(atPath: root)
        #expect(left == ["other"])
    }
}
