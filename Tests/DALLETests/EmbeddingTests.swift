import Foundation
import PinxitCLIP
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct EmbeddingTests {
    @Test func towersEmbedAsTransformersDoes() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let model = Fixture.path("tiny-unclip")
            let text = try ProjectedTextModel(
                folder: "\(model)/prior_text_encoder", tokenizer: "\(model)/prior_tokenizer")
            let prompts = (0..<3).map { expected.parameter("prompt/\($0)")! }
            let found = text.embed(texts: prompts, type: .f32)
            #expect(found.lengths == expected["text/lengths"].integers.map(Int.init))
            #expect(relativeDifference(found.embeddings, expected["text/embeddings"]) < 2e-5)
            #expect(relativeDifference(found.states, expected["text/states"]) < 2e-5)

            let vision = try ProjectedVisionModel(
                folder: "\(model)/image_encoder", preprocessor: "\(model)/feature_extractor")
            let embedding = vision.embed(pictures: [expected.picture("picture")], type: .f32)
            #expect(relativeDifference(embedding, expected["picture/embedding"]) < 1e-4)
        }
    }

    @Test func normalisersUndoThemselvesAndSurviveWriting() async throws {
        let folder = NSTemporaryDirectory() + "normaliser-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            var random = SplitMix64(seed: 3)
            let x = random.normal([500, 4]) * Tensor([1, 2, 3, 0]) + Tensor([0, 5, -5, 8])
            let measured = EmbeddingNormaliser(measuring: x)
            let scaled = measured.scale(x)
            #expect(largestDifference(scaled.mean(axis: 0), .zeros([4])) < 1e-4)
            #expect(
                largestDifference(scaled.squared.mean(axis: 0), Tensor([1, 1, 1, 0])) < 1e-3)
            #expect(largestDifference(measured.unscale(scaled), x) < 1e-5)
            try measured.write(to: folder)
            let read = try EmbeddingNormaliser.load(folder: folder)
            #expect(largestDifference(read.mean, measured.mean) == 0)
            #expect(largestDifference(read.deviation, measured.deviation) == 0)
        }
    }

    @Test func moreNoiseLeavesLessOfAnEmbedding() async throws {
        try await Engine.run {
            var random = SplitMix64(seed: 4)
            let x = random.normal([1, 64])
            let noise = EmbeddingNoise(
                EmbeddingNormaliser(mean: .zeros([1, 64]), deviation: .ones([1, 64])),
                try SchedulerConfiguration(
                    JSONField(file: "", path: "", value: EmbeddingNoise.schedule)))
            #expect(noise.count == 1000 && noise.width == 128)
            let drawn = random.normal([1, 64])
            func seen(_ level: Int) -> Tensor {
                noise.condition(x, levels: [level], noise: drawn).sliced(axis: 1, 0..<64)
            }
            #expect(largestDifference(seen(0), x) < 0.05)
            #expect(relativeDifference(seen(999), drawn) < 0.05)
        }
    }

    @Test func interpolationKeepsToTheArc() async throws {
        await Engine.run {
            let (a, b) = (Tensor([2, 0], shape: [1, 2]), Tensor([0, 4], shape: [1, 2]))
            #expect(largestDifference(sphericallyInterpolated(a, b, at: 0), a) < 1e-6)
            #expect(largestDifference(sphericallyInterpolated(a, b, at: 1), b) < 1e-6)
            let half = Float(0.5).squareRoot() * 3
            let middle = sphericallyInterpolated(a, b, at: 0.5)
            #expect(largestDifference(middle, Tensor([half, half], shape: [1, 2])) < 1e-5)
            // The same direction: along the line.
            let same = sphericallyInterpolated(a, a * 2, at: 0.25)
            #expect(largestDifference(same, Tensor([2.5, 0], shape: [1, 2])) < 1e-5)
        }
    }
}
