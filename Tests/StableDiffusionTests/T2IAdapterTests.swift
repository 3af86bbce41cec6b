import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

/// What T2I-Adapters make of pictures, against diffusers.
@Suite struct T2IAdapterTests {
    /// An adapter of the fixtures, and the model it is for.
    struct Net: Sendable, CustomTestStringConvertible {
        let folder: String
        let model: String
        var unet: String?
        var testDescription: String { folder }

        var latentDiffusion: LatentDiffusion {
            get throws {
                try LatentDiffusion(
                    DiffusersFolder(Fixture.path(model)), unet: unet.map { Fixture.path($0) })
            }
        }
    }

    static let nets = [
        Net(folder: "tiny-adapter", model: "tiny-sd1"),
        Net(folder: "tiny-adapter-light", model: "tiny-sd2"),
        Net(folder: "tiny-adapter-xl", model: "tiny-sdxl", unet: "tiny-sdxl-deep"),
    ]

    /// Sides of 5 and 7 times the first map's square: halves are odd.
    @Test(arguments: nets) func agreesWithDiffusers(_ net: Net) async throws {
        try await Engine.run {
            let expected = try Fixture("adapters.safetensors")
            let adapter = try T2IAdapter.load(
                Fixture.path(net.folder), for: net.latentDiffusion)
            let found = adapter.features(expected["\(net.folder)/picture"].channelsLast)
            #expect(found.count == expected.keys.count { $0.hasPrefix("\(net.folder)/") } - 1)
            for (index, feature) in found.enumerated() {
                let difference = relativeDifference(
                    feature.channelsFirst, expected["\(net.folder)/\(index)"])
                #expect(difference <= 2e-5, "\(index)")
            }
        }
    }

    /// Names of the first release: two skips of each block counted through.
    private static func oldName(_ key: String) -> String {
        let parts = key.split(separator: ".").dropFirst().map(String.init)
        guard parts[0] == "body", let block = Int(parts[1]) else {
            return parts.joined(separator: ".")
        }
        guard parts[2] == "resnets", let skip = Int(parts[3]) else {
            return "body.\(2 * block)." + parts[2...].joined(separator: ".")
        }
        return "body.\(2 * block + skip)." + parts[4...].joined(separator: ".")
    }

    @Test("A file under the names of the first release is the folder, of published sizes")
    func oldFilesAreRead() async throws {
        try await Engine.run {
            let place = try TemporaryComponent(config: [:])
            var c = T2IAdapterConfiguration()
            (c.channels, c.pictureChannels) = ([8, 16], 1)
            let made = ParameterStore(seed: 3, tracked: false)
            _ = T2IAdapter(made.root, c)
            let store = Dictionary(
                uniqueKeysWithValues: made.parameters.map { ($0.name, $0.tensor) })
            let old = store.map { (Self.oldName($0.key), $0.value) }
            try Checkpoint.save(
                Dictionary(uniqueKeysWithValues: old), to: place.path + "old.safetensors")
            let (found, component) = try T2IAdapterFile(place.path + "old.safetensors").component()
            #expect(found == c)
            #expect(try component.tensors().mapValues(\.floats) == store.mapValues(\.floats))
        }
    }

    @Test(
        "Blocks with nothing inside, or that do not fit each other, are refused",
        arguments: [("light_adapter", [3, 21]), ("full_adapter_xl", [8, 12, 24, 12])])
    func misfits(_ kind: String, _ channels: [Int]) throws {
        let error = #expect(throws: FileError.self) {
            try T2IAdapterConfiguration(
                JSONField(
                    file: "config.json", path: "",
                    value: [
                        "adapter_type": .string(kind),
                        "channels": .array(channels.map { .integer($0) }),
                    ]))
        }
        #expect(error?.field == "channels")
    }

    @Test("An adapter for other maps is refused in one line")
    func othersAreRefused() async throws {
        await Engine.run {
            let error = #expect(throws: FileError.self) {
                try T2IAdapter.load(
                    Fixture.path("tiny-adapter"), for: Self.nets[1].latentDiffusion)
            }
            #expect(
                error?.problem
                    == "is a T2I-Adapter for maps of 8, 16 channels; the U-Net has 8, 12, 12")
        }
    }
}
