import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

@Suite struct AutoencoderTests {
    @Test(arguments: pipelines) func agreesWithDiffusers(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let vae = try loadAutoencoder(folder: folder(pipeline, "vae"))
            let posterior = try vae.posterior(expected["vae/image"].channelsLast)
            let logVariance = try #require(posterior.logVariance)
            #expect(relativeDifference(posterior.mean.channelsFirst, expected["vae/mean"]) <= 2e-5)
            #expect(relativeDifference(logVariance.channelsFirst, expected["vae/logvar"]) <= 2e-5)
            let decoded = try vae.decode(expected["vae/latents"].channelsLast)
            #expect(relativeDifference(decoded.channelsFirst, expected["vae/decoded"]) <= 2e-5)
            #expect(vae.latentChannels == expected["vae/latents"].shape[1])
            #expect(vae.downscale == decoded.shape[1] / expected["vae/latents"].shape[2])
        }
    }

    @Test("Latents are normed as diffusers does it, and back")
    func latentStatistics() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-playground/expected.safetensors")
            let configuration = try AutoencoderKLConfiguration(
                JSONFile.read(Fixture.path("tiny-playground/vae.json")))
            #expect(configuration.latentStatistics?.mean == [-1.6574, 1.886, -1.383, 2.5155])
            let written = JSONField(file: "c", path: "", value: configuration.json)
            #expect(try AutoencoderKLConfiguration(written) == configuration)
            let component = try Component(path: folder("tiny-sdxl", "vae"))
            let vae = try component.model { AutoencoderKL($0, configuration) }
            let mean = try vae.posterior(expected["encoded/x"].channelsLast).mean
            let scaled = vae.scaled(mean)
            #expect(relativeDifference(scaled.channelsFirst, expected["encoded/y"]) <= 2e-5)
            #expect(relativeDifference(vae.unscaled(scaled), mean) <= 2e-6)
        }
    }

    @Test func tinyAutoencoderAgreesWithDiffusers() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-autoencoder/expected.safetensors")
            let vae = try loadAutoencoder(folder: Fixture.path("tiny-autoencoder"))
            let posterior = try vae.posterior(expected["image"].channelsLast)
            #expect(posterior.logVariance == nil)
            #expect(relativeDifference(posterior.mean.channelsFirst, expected["latents"]) <= 2e-5)
            let decoded = try vae.decode(expected["latents"].channelsLast)
            #expect(relativeDifference(decoded.channelsFirst, expected["decoded"]) <= 2e-5)
            #expect(vae.downscale == expected["image"].shape[2] / expected["latents"].shape[2])
        }
    }

    @Test(
        "In bands, whatever is held, the picture is the same", arguments: pipelines,
        [0, 40_000, 1 << 30])
    func bandsChangeNothing(_ pipeline: String, _ budget: Int) async throws {
        try await Engine.run {
            let vae = try loadAutoencoder(folder: folder(pipeline, "vae"))
            let kl = try #require(vae as? AutoencoderKL)
            var random = SplitMix64(seed: 3)
            // Odd sizes, and bands of the fewest rows.
            let latents = random.normal([1, 37, 9, vae.latentChannels])
            let z = kl.postQuantConv?(latents) ?? latents
            let banded = try BandedDecoder(decoder: kl.decoder, budget: budget, bandBytes: 1)(z)
            #expect(relativeDifference(banded, try vae.decode(latents)) <= 2e-6)
        }
    }

    @Test(
        "In bands a picture that tiles is the same", arguments: TileAxes.allCases,
        [0, 40_000, 1 << 30])
    func bandsTile(_ axes: TileAxes, _ budget: Int) async throws {
        try await Engine.run {
            let vae = try loadAutoencoder(folder: folder("tiny-sd1", "vae"))
            let kl = try #require(vae as? AutoencoderKL)
            var random = SplitMix64(seed: 3)
            let latents = random.normal([1, 37, 9, vae.latentChannels])
            let z = kl.postQuantConv?(latents) ?? latents
            let (banded, whole, plain) = try CircularPadding.using(axes) {
                let banded = try BandedDecoder(
                    decoder: kl.decoder, budget: budget, bandBytes: 1)(z)
                let whole = try vae.decode(latents)
                return (banded, whole, try CircularPadding.using(nil) { try vae.decode(latents) })
            }
            #expect(relativeDifference(banded, whole) <= 2e-6)
            #expect(relativeDifference(plain, whole) > 1e-3)
        }
    }

    @Test(
        "In bands, whatever is held, the latents are the same", arguments: pipelines,
        [0, 40_000, 1 << 30])
    func bandsOfTheEncoderChangeNothing(_ pipeline: String, _ budget: Int) async throws {
        try await Engine.run {
            let vae = try loadAutoencoder(folder: folder(pipeline, "vae"))
            let kl = try #require(vae as? AutoencoderKL)
            var random = SplitMix64(seed: 5)
            let picture = random.normal([1, 37 * vae.downscale, 9 * vae.downscale, 3])
            let banded = try BandedEncoder(encoder: kl.encoder, budget: budget, bandBytes: 1)(
                picture)
            #expect(relativeDifference(banded, try kl.encoder(picture)) <= 2e-6)
        }
    }

    @Test func severalPicturesAreEncodedInBands() async throws {
        try await Engine.run {
            let vae = try loadAutoencoder(folder: folder("tiny-sd1", "vae"))
            var random = SplitMix64(seed: 6)
            let pictures = random.normal([2, 12, 14, 3])
            let banded = try vae.posterior(pictures, holding: 1 << 20).mean
            #expect(relativeDifference(banded, try vae.posterior(pictures).mean) <= 2e-6)
        }
    }

    @Test func severalPicturesAreDecodedInBands() async throws {
        try await Engine.run {
            let vae = try loadAutoencoder(folder: folder("tiny-sd1", "vae"))
            var random = SplitMix64(seed: 4)
            let latents = random.normal([2, 5, 6, vae.latentChannels])
            let banded = try vae.decode(latents, holding: 1 << 20)
            #expect(relativeDifference(banded, try vae.decode(latents)) <= 2e-6)
        }
    }

    @Test(.enabled(if: ElementType.compute == .bf16), arguments: pipelines)
    func isNearInBFloat16(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let vae = try loadAutoencoder(folder: folder(pipeline, "vae"))
            let decoded = try vae.decode(expected["vae/latents"].channelsLast.cast(to: .bf16))
            #expect(decoded.type == .bf16)
            let difference = relativeDifference(
                decoded.cast(to: .f32).channelsFirst, expected["vae/decoded"])
            #expect(difference < bf16Bound)
        }
    }
}
