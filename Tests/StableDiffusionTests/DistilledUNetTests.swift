import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

/// U-Nets built from their configuration's lists, against diffusers.
@Suite struct DistilledUNetTests {
    @Test(
        "Other depths going up, a plain middle or none, and ways that are no mirror images",
        arguments: ["unet", "lopsided"])
    func listsAreHeeded(_ name: String) async throws {
        try await Engine.run {
            let fixture = try Fixture("tiny-distilled/expected.safetensors")
            let unet = try UNet.load(folder: folder("tiny-distilled", name))
            let y = try unet(
                fixture["sample"].channelsLast, timesteps: [500], context: fixture["states"])
            #expect(largestDifference(y.channelsFirst, fixture["\(name)/y"]) <= 2e-4)
            let json = unet.configuration.json
            let again = try UNetConfiguration(
                JSONField(file: "config.json", path: "", value: JSONValue(parsing: json.encoded())))
            #expect(again == unet.configuration)
        }
    }

    @Test func sizesAreToldOfEachSample() async throws {
        try await Engine.run {
            let fixture = try Fixture("tiny-sdxl/expected.safetensors")
            let unet = try UNet.load(folder: folder("tiny-sdxl", "unet"))
            let states = concatenate([fixture["states/1"], fixture["states/2"]], axis: 0)
            var given = DenoiserConditions(text: TextContext(states))
            given.added = concatenate([fixture["pooled/1"], fixture["pooled/2"]], axis: 0)
            let ids = fixture["unet/ids"].floats
            given.numbers = [Array(ids[..<6]), Array(ids[6...])]
            let y = try unet(fixture["unet/sample"].channelsLast, timesteps: [999, 37], given)
            #expect(largestDifference(y.channelsFirst, fixture["unet/y"]) <= 2e-4)
        }
    }

    @Test func aListOfListsNeedsTheWayUp() throws {
        let json = try JSONFile.read(folder("tiny-distilled", "unet/config.json"))
        #expect {
            try UNetConfiguration(
                json.replacing("reverse_transformer_layers_per_block", with: .null))
        } throws: { "\($0)".contains("reverse_transformer_layers_per_block") }
        // A ControlNet has none.
        let control = try UNetConfiguration(
            json.replacing("reverse_transformer_layers_per_block", with: .null)
                .replacing("_class_name", with: "ControlNetModel"))
        #expect(control.transformerLayers == (try UNetConfiguration(json)).transformerLayers)
    }
}
