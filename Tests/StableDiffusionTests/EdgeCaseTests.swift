import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct EdgeCaseTests {
    /// Sizes that do not halve evenly come back to the skips' sizes by nearest-neighbour
    /// enlargement.
    @Test(arguments: ["7x9", "6x5"]) func oddLatentSizes(_ size: String) async throws {
        try await Engine.run {
            let expected = try Fixture("edge-cases.safetensors")
            let unet = try UNet.load(folder: folder("tiny-sd2", "unet"))
            let y = try unet(
                expected["\(size)/sample"].channelsLast, timesteps: [321],
                context: expected["states"])
            #expect(relativeDifference(y.channelsFirst, expected["\(size)/y"]) < 2e-5)
        }
    }

    @Test func aUNetWithoutAMiddle() async throws {
        try await Engine.run {
            let expected = try Fixture("edge-cases.safetensors")
            let component = try Component(path: folder("tiny-sd2", "unet"))
            let config = component.config.replacing("mid_block_type", with: .null)
            let tensors = try component.tensors().filter { !$0.key.hasPrefix("mid_block.") }
            let store = ParameterStore(checkpoint: tensors)
            let unet = UNet(store.root, try UNetConfiguration(config))
            try store.verify()
            let y = try unet(
                expected["no_middle/sample"].channelsLast, timesteps: [321],
                context: expected["states"])
            #expect(relativeDifference(y.channelsFirst, expected["no_middle/y"]) < 2e-5)
        }
    }

    /// Early diffusers files name the autoencoder's attention otherwise and keep its matrices as
    /// 1x1 convolutions; early U-Nets keep projections as matrices.
    @Test func earlyFiles() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-sd1/expected.safetensors")
            let early = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
            let vae = try TemporaryComponent(copying: folder("tiny-sd1", "vae")) { name, tensor in
                for (new, old) in early where name.contains("attentions.0.\(new).") {
                    let parts = name.split(separator: ".\(new).").map(String.init)
                    return (
                        parts.joined(separator: ".\(old)."),
                        tensor.rank == 2
                            ? tensor.reshaped(tensor.shape.dimensions + [1, 1]) : tensor
                    )
                }
                return (name, tensor)
            }
            let decoded = try loadAutoencoder(folder: vae.path).decode(
                expected["vae/latents"].channelsLast)
            #expect(relativeDifference(decoded.channelsFirst, expected["vae/decoded"]) < 2e-5)

            let squeezed = try TemporaryComponent(copying: folder("tiny-sd1", "unet")) {
                name, tensor in
                name.contains(".proj_") && tensor.rank == 4
                    ? (name, tensor.reshaped(Array(tensor.shape.dimensions.prefix(2))))
                    : (name, tensor)
            }
            _ = try UNet.load(folder: squeezed.path)
        }
    }

    @Test func keysThatDoNotFitAreListedByName() async throws {
        try await Engine.run {
            let broken = try TemporaryComponent(copying: folder("tiny-sd1", "unet")) {
                name, tensor in
                switch name {
                case "conv_in.bias": ("conv_in.bais", tensor)
                case "conv_out.bias": (name, .zeros([5]))
                default: (name, tensor)
                }
            }
            let error = try #require(throws: FileError.self) {
                _ = try UNet.load(folder: broken.path)
            }
            #expect(error.path.hasSuffix("diffusion_pytorch_model.safetensors"))
            #expect(error.problem.contains("missing conv_in.bias"))
            #expect(error.problem.contains("unexpected conv_in.bais"))
            #expect(error.problem.contains("conv_out.bias ([5], expected [4])"))
        }
    }

    @Test func theSameParameterTwiceIsRefused() async throws {
        try await Engine.run {
            let vae = try TemporaryComponent(copying: folder("tiny-sd1", "vae")) { ($0, $1) }
            var tensors = try Component(path: vae.path).tensors()
            tensors["decoder.mid_block.attentions.0.query.bias"] = .zeros([8])
            try vae.save(tensors)
            let error = try #require(throws: FileError.self) {
                _ = try loadAutoencoder(folder: vae.path)
            }
            #expect(error.problem.contains("same parameter"))
        }
    }

    @Test func idsAreNoParameters() async throws {
        try await Engine.run {
            let broken = try TemporaryComponent(copying: folder("tiny-sd1", "unet")) {
                name, tensor in
                (
                    name,
                    name == "conv_in.bias" ? Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Int32]) : tensor
                )
            }
            let error = try #require(throws: FileError.self) {
                _ = try UNet.load(folder: broken.path)
            }
            #expect(error.field == "conv_in.bias")
            #expect(error.problem.contains("f32, bf16 and f16"))
        }
    }

    /// Sizes beyond any memory are refused by the file's own tensors, before anything is allocated.
    @Test func aConfigurationLargerThanItsFileIsRefused() async throws {
        try await Engine.run {
            let huge = try TemporaryComponent(copying: folder("tiny-sd1", "unet")) { ($0, $1) }
            let config = try JSONFile.read(huge.path + "config.json")
                .replacing("block_out_channels", with: [16384, 16384])
                .replacing("layers_per_block", with: 64)
                .replacing("attention_head_dim", with: 64)
            try JSONFile.write(config.value ?? .null, to: huge.path + "config.json")
            let error = try #require(throws: FileError.self) {
                _ = try UNet.load(folder: huge.path)
            }
            #expect(
                error.problem.contains("conv_in.weight ([8, 4, 3, 3], expected [16384, 4, 3, 3])"))
        }
    }
}
