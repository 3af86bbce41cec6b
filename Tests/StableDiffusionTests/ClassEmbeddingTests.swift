import PinxitAutograd
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

/// A U-Net that is given a vector beside the text, as the decoder of unCLIP is.
@Suite struct ClassEmbeddingTests {
    private func loss(_ unet: UNet, _ expected: Fixture) throws -> (
        y: Tensor, loss: Tensor
    ) {
        let y = try unet(
            expected["unet/sample"].channelsLast,
            timesteps: expected["unet/timestep"].integers.map(Float.init),
            context: expected["unet/states"], added: expected["unet/labels"])
        return (y, (y - expected["unet/target"].channelsLast).squared.mean())
    }

    @Test func computesWhatDiffusersComputes() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let unet = try UNet.load(folder: folder("tiny-unclip", "unet"))
            #expect(unet.configuration.classEmbeddingWidth == 32)
            let y = try loss(unet, expected).y.channelsFirst
            #expect(relativeDifference(y, expected["unet/y"]) <= 2e-5)
        }
    }

    @Test func itsGradientsAreThoseOfPyTorch() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let component = try Component(path: folder("tiny-unclip", "unet"))
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let unet = UNet(store.root, try UNetConfiguration(component.config))
            try store.verify()
            let own = store.parameters.filter { $0.name.hasPrefix("class_embedding.") }
            #expect(own.count == 4)
            let found = gradients(
                of: try loss(unet, expected).loss, withRespectTo: own.map(\.tensor))
            for (parameter, gradient) in zip(own, found) {
                let difference = relativeDifference(
                    try #require(gradient), expected["unet_gradient/\(parameter.name)"])
                #expect(difference < 1e-4, "\(parameter.name)")
            }
        }
    }

    /// A trained U-Net that is to learn the vector must at first paint as it did.
    @Test func aNewOneChangesNothing() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-pinxit/expected.safetensors")
            let component = try Component(path: folder("tiny-pinxit", "unet"))
            let plain = try UNet.load(folder: folder("tiny-pinxit", "unet"))
            var configuration = plain.configuration
            configuration.classEmbeddingWidth = 6
            let fresh = ParameterStore(seed: 1, tracked: false)
            _ = UNet(fresh.root, configuration)
            let new = fresh.parameters.filter { $0.name.hasPrefix("class_embedding.") }
            let all = try component.tensors().merging(new.map { ($0.name, $0.tensor) }) { $1 }
            let unet = UNet(ParameterStore(checkpoint: all).root, configuration)
            var random = SplitMix64(seed: 2)
            let (x, states) = (expected["unet/sample"].channelsLast, expected["unet/states"])
            let y = try unet(
                x, timesteps: [999, 37], context: states, added: random.normal([2, 6]))
            #expect(
                largestDifference(y, try plain(x, timesteps: [999, 37], context: states)) == 0)
        }
    }

    @Test func otherKindsAreRefused() throws {
        let config = try JSONFile.read(folder("tiny-unclip", "unet") + "/config.json")
        let other = config.replacing("class_embed_type", with: "timestep")
        let error = #expect(throws: FileError.self) { try UNetConfiguration(other) }
        #expect("\(try #require(error))".contains("class_embed_type: \"timestep\""))
        let bare = config.replacing("projection_class_embeddings_input_dim", with: nil)
        let missing = #expect(throws: FileError.self) { try UNetConfiguration(bare) }
        #expect("\(try #require(missing))".contains("projection_class_embeddings_input_dim"))
    }
}
