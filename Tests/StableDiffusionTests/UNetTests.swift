import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct UNetTests {
    @Test(arguments: pipelines) func agreesWithDiffusers(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let unet = try UNet.load(folder: folder(pipeline, "unet"))
            for name in ["unet", "unet_wide"] {
                let y = try unet(
                    expected["\(name)/sample"].channelsLast,
                    timesteps: expected["\(name)/timestep"].integers.map(Float.init),
                    context: expected["\(name)/states"])
                #expect(
                    relativeDifference(y.channelsFirst, expected["\(name)/y"]) <= 2e-5, "\(name)")
            }
        }
    }

    @Test(.enabled(if: ElementType.compute == .bf16), arguments: pipelines)
    func isNearInBFloat16(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let unet = try UNet.load(folder: folder(pipeline, "unet"))
            let y = try unet(
                expected["unet/sample"].channelsLast.cast(to: .bf16),
                timesteps: expected["unet/timestep"].integers.map(Float.init),
                context: expected["unet/states"])
            #expect(y.type == .bf16)
            #expect(
                relativeDifference(y.cast(to: .f32).channelsFirst, expected["unet/y"]) < bf16Bound)
        }
    }

    @Test(
        "Without its deep levels it gives the same for what they were made of", arguments: pipelines
    )
    func deepCache(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let unet = try UNet.load(folder: folder(pipeline, "unet"))
            let x = expected["unet/sample"].channelsLast
            let times = expected["unet/timestep"].integers.map(Float.init)
            var given = DenoiserConditions(text: TextContext(expected["unet/states"]))
            let whole = try unet(x, timesteps: times, given)
            let other = try unet(x * 0.5, timesteps: times, given)
            given.deepCache = DeepCache(interval: 2)
            let (first, second) = (
                try unet(x, timesteps: times, given), try unet(x, timesteps: times, given)
            )
            #expect(first.floats == whole.floats)
            #expect(relativeDifference(second, whole) <= 1e-6)
            // The third is whole again, and the fourth has the third's deep levels.
            _ = try unet(x, timesteps: times, given)
            let shallow = try unet(x * 0.5, timesteps: times, given)
            #expect(relativeDifference(shallow, other) > 1e-5)
            #expect(relativeDifference(shallow, whole) > 1e-5)
        }
    }
}
