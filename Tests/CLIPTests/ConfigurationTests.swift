import PinxitCLIP
import PinxitFiles
import PinxitLayers
import PinxitTestSupport
import Testing

@Suite struct ConfigurationTests {
    private func json(_ value: JSONValue) -> JSONField {
        JSONField(file: "config.json", path: "", value: value)
    }

    @Test func absentFieldsHaveTransformersDefaults() throws {
        let text = try CLIPTextConfiguration(json([:]))
        #expect(text.hiddenSize == 512 && text.layers == 12 && text.heads == 8)
        #expect(text.activation == .quickGELU && text.maxPositions == 77)
        let vision = try CLIPVisionConfiguration(json([:]))
        #expect(vision.patches == 49 && vision.hiddenSize == 768)
    }

    @Test(
        arguments: [
            ("hidden_act", "gelu_new", "quick_gelu"), ("hidden_size", 0, "1 to"),
            ("num_attention_heads", 7, "a divisor of 512"), ("eos_token_id", -1, "0 to"),
            ("num_hidden_layers", 4_000_000_000, "1 to"), ("layer_norm_eps", 0.0, "above 0"),
            ("vocab_size", "many", "an integer"),
        ] as [(String, JSONValue, String)])
    func wrongTextFields(_ name: String, _ value: JSONValue, _ hint: String) throws {
        let wrong = json(.object([JSONMember(name, value)]))
        let error = try #require(throws: FileError.self) { _ = try CLIPTextConfiguration(wrong) }
        #expect(error.field == name)
        #expect(error.problem.contains(hint), "\(error.problem)")
    }

    @Test func aTextTowerIsReadAsItWasWritten() throws {
        let tower = CLIPTextConfiguration(
            vocabularySize: 540, hiddenSize: 24, intermediateSize: 50, layers: 3, heads: 2,
            maxPositions: 32, activation: .gelu, epsilon: 1e-6, projectionSize: 12, bosID: 538,
            eosID: 539, padID: 0)
        let file = json(try JSONValue(parsing: tower.json.encoded()))
        #expect(try CLIPTextConfiguration(file) == tower)
        #expect(try file["architectures"].strings() == ["CLIPTextModel"])
    }

    @Test func theShippedTextTowerHasTheSameBytes() throws {
        let path = Fixture.path("../../Models/pinxit-small/text_encoder/config.json")
        let written = try CLIPTextConfiguration(JSONFile.read(path)).json.encoded() + "\n"
        #expect(written == String(decoding: try readFile(path), as: UTF8.self))
    }

    @Test("Heads that are wider than attention takes are refused, not met in it")
    func wideHeads() throws {
        let wide = json(["hidden_size": 1024, "num_attention_heads": 1])
        for read in [
            { _ = try CLIPVisionConfiguration(wide) }, { _ = try CLIPTextConfiguration(wide) },
        ] {
            let error = try #require(throws: FileError.self) { try read() }
            #expect(error.field == "num_attention_heads" && error.problem.contains("at most 512"))
        }
    }

    @Test func aPatchLargerThanThePictureIsRefused() throws {
        let wrong = json(["image_size": 16, "patch_size": 32])
        let error = try #require(throws: FileError.self) { _ = try CLIPVisionConfiguration(wrong) }
        #expect(error.field == "patch_size")
    }
}
