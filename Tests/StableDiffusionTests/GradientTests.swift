import PinxitAutograd
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

/// The gradient of every parameter against PyTorch's.
@Suite struct GradientTests {
    @Test func ofTheUNet() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-pinxit/expected.safetensors")
            let component = try Component(path: folder("tiny-pinxit", "unet"))
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let unet = UNet(store.root, try UNetConfiguration(component.config))
            try store.verify()
            let y = try unet(
                expected["unet/sample"].channelsLast,
                timesteps: expected["unet/timestep"].integers.map(Float.init),
                context: expected["unet/states"])
            let loss = (y - expected["unet/target"].channelsLast).squared.mean()
            try compare(loss, store.parameters, expected, "unet_gradient")
        }
    }

    @Test func ofTheAutoencoder() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-pinxit/expected.safetensors")
            let component = try Component(path: folder("tiny-pinxit", "vae"))
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let vae = AutoencoderKL(store.root, try AutoencoderKLConfiguration(component.config))
            try store.verify()
            let image = expected["vae/image"].channelsLast
            let posterior = try vae.posterior(image)
            let (mean, logVariance) = (posterior.mean, try #require(posterior.logVariance))
            // diffusers sums the divergence over the latents of a picture.
            let divergence = (mean.squared + logVariance.exp - logVariance - 1).sum() * 0.5
            let loss = (try vae.decode(mean) - image).abs.mean() + divergence * 1e-2
            try compare(loss, store.parameters, expected, "vae_gradient")
        }
    }
}

private func compare(
    _ loss: Tensor, _ parameters: [ParameterStore.Parameter], _ expected: Fixture,
    _ prefix: String
) throws {
    #expect(abs(loss.item / expected["\(prefix)/loss"].item - 1) < 1e-5)
    let found = gradients(of: loss, withRespectTo: parameters.map(\.tensor))
    for (parameter, gradient) in zip(parameters, found) {
        let gradient = try #require(gradient, "\(parameter.name) has no gradient")
        let difference = relativeDifference(gradient, expected["\(prefix)/\(parameter.name)"])
        #expect(difference < 1e-4, "\(parameter.name)")
    }
}
