import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitCheckpoints

/// Adapters in every dialect, against the weights that diffusers, PEFT and LyCORIS make.
@Suite struct AdapterTests {
    /// The files of `lora.safetensors`; see `make_lora.py`.
    static let cases: [String] = {
        guard let fixture = try? Fixture("lora.safetensors") else { return [] }
        let names = fixture.keys.filter { $0.contains("/file/") }
            .compactMap { $0.split(separator: "/").first.map(String.init) }
        return Set(names).sorted()
    }()

    private static func sorted(
        _ fixture: Fixture, _ name: String, _ kind: String
    ) -> [String: Tensor] {
        let prefix = "\(name)/\(kind)/"
        let keys = fixture.keys.filter { $0.hasPrefix(prefix) }
        return Dictionary(
            uniqueKeysWithValues: keys.map { (String($0.dropFirst(prefix.count)), fixture[$0]) })
    }

    private static func adapter(_ fixture: Fixture, _ name: String) throws -> WeightAdapter {
        let metadata = fixture.parameter("\(name)/metadata/lora_adapter_metadata")
        return try WeightAdapter(
            origin: "\(name).safetensors", sorted(fixture, name, "file"),
            metadata: metadata.map { ["lora_adapter_metadata": $0] } ?? [:],
            weight: fixture.number("\(name)/weight"))
    }

    @Test(
        "The weights are the reference's, all others stay, and every key is used", arguments: cases)
    func merged(_ name: String) async throws {
        try await Engine.run {
            let fixture = try Fixture("lora.safetensors")
            let adapter = try Self.adapter(fixture, name)
            let expected = Self.sorted(fixture, name, "merged")
            #expect(!expected.isEmpty)
            var changed = 0
            for name in ["text_encoder", "unet"] {
                let tensors = try Component(path: Fixture.path("tiny-sd1/\(name)")).tensors()
                let adapters = try ComponentAdapters(
                    [adapter], component: name, shapes: tensors.mapValues(\.shape))
                for (key, tensor) in tensors {
                    let own = try adapters.adapted(tensor, parameter: key)
                    guard let merged = expected["\(name).\(key)"] else {
                        #expect(own.pointer == tensor.pointer, "\(key)")
                        continue
                    }
                    changed += 1
                    #expect(relativeDifference(own, merged) < 2e-6, "\(key)")
                    #expect(relativeDifference(tensor, merged) > 1e-3, "\(key)")
                }
            }
            #expect(changed == expected.count)
            let notes = LoadNotes()
            try adapter.verifyUse(notes: notes)
            #expect(notes.all == [])
        }
    }
}
