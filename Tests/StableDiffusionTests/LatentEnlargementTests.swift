import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

/// Results are those of `torch.nn.functional.interpolate`; see `Fixtures/make_upscalers.py`.
struct LatentEnlargementTests {
    @Test(
        "latents are enlarged as PyTorch does it",
        arguments: zip(
            LatentEnlargement.allCases,
            [
                "nearest", "nearest-exact", "bilinear", "bilinear-antialiased", "bicubic",
                "bicubic-antialiased",
            ]))
    func modes(_ mode: LatentEnlargement, _ name: String) async throws {
        try await Engine.run {
            let fixture = try Fixture("upscaling.safetensors")
            let expected = fixture["latents/\(name)"]
            let own = mode(
                fixture["latents"], height: expected.shape[1], width: expected.shape[2])
            let difference = relativeDifference(own, expected)
            #expect(difference < 1e-5)
        }
    }
}
