import PinxitAutograd
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct CLIPModelTests {
    @Test func agreesWithTransformers() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-clip/expected.safetensors")
            let clip = try CLIPModel.load(folder: Fixture.path("tiny-clip"))
            let pictures = expected["pixels"].permuted([0, 2, 3, 1])
            let texts = clip.embed(ids: expected["ids"])
            let images = clip.embed(pixels: pictures)
            #expect(
                relativeDifference(
                    clip.text(expected["ids"]).last, expected["text/last_hidden_state"]) < 2e-5)
            #expect(
                relativeDifference(clip.vision(pictures).last, expected["vision/last_hidden_state"])
                    < 2e-5)
            #expect(relativeDifference(texts, expected["text_embeds"]) < 2e-5)
            #expect(relativeDifference(images, expected["image_embeds"]) < 2e-5)
            let logits = clip.logits(pictures: images, texts: texts)
            #expect(relativeDifference(logits, expected["logits_per_image"]) < 2e-5)
        }
    }

    /// With one right partner each, the contrastive loss is transformers' own.
    @Test func gradientsAgreeWithTransformers() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-clip/expected.safetensors")
            let component = try Component(path: Fixture.path("tiny-clip"))
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let clip = CLIPModel(
                store.root, text: try CLIPTextConfiguration(component.config["text_config"]),
                vision: try CLIPVisionConfiguration(component.config["vision_config"]),
                projectionSize: 16)
            try store.verify()
            let identity = Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3])
            let loss = contrastiveLoss(
                images: clip.embed(pixels: expected["pixels"].permuted([0, 2, 3, 1])),
                texts: clip.embed(ids: expected["ids"]), logScale: clip.logScale, targets: identity)
            #expect(abs(loss.item / expected["gradient/loss"].item - 1) < 1e-5)
            let found = gradients(of: loss, withRespectTo: store.parameters.map(\.tensor))
            for (parameter, gradient) in zip(store.parameters, found) {
                let gradient = try #require(gradient, "\(parameter.name) has no gradient")
                let reference = expected["gradient/\(parameter.name)"]
                // The gradient of a key's bias is zero but for rounding: measure against the
                // weights' beside it.
                let weight = expected[
                    "gradient/\(parameter.name.replacing("k_proj.bias", with: "k_proj.weight"))"]
                let scale = weight.floats.reduce(0) { max($0, abs($1)) }
                #expect(largestDifference(gradient, reference) < 1e-4 * scale, "\(parameter.name)")
            }
        }
    }

    @Test func aFolderWithoutAnImageTowerIsRefused() throws {
        let error = try #require(throws: FileError.self) {
            _ = try CLIPModel.load(folder: Fixture.path("tiny-sd1/text_encoder"))
        }
        #expect(error.field == "text_config")
    }
}
