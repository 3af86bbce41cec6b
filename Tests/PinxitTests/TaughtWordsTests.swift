import PinxitCheckpoints
import PinxitTensors
import PinxitTokenizers
import Testing

@testable import Pinxit

/// The words that a model's changes teach it.
@Suite struct TaughtWordsTests {
    /// A LoRA of one number, with what its file says of its captions.
    private func lora(tags: String) throws -> WeightAdapter {
        let one = Tensor([1], shape: [1, 1])
        return try WeightAdapter(
            origin: "lora.safetensors",
            ["lora_unet_x.lora_down.weight": one, "lora_unet_x.lora_up.weight": one],
            metadata: ["ss_tag_frequency": tags])
    }

    @Test("Words that a LoRA or a learnt vector teaches are not unknown")
    func taught() async throws {
        var words = LearntWords()
        words.english.words = ["red"]
        let taught = try await Engine.run { [words] in
            var options = LoadOptions(adapters: [
                try lora(tags: #"{"5_zorp": {"a zorp's hat": 5, "红色的佐普": 1}}"#)
            ])
            options.embeddings = [
                try WordEmbedding(origin: "e", ["my-thing": Tensor([1], shape: [1])])
            ]
            return words.taught(by: options)
        }
        #expect(taught.unknown(in: "a red zorp's hat, my-thing, 红色的佐普") == [])
        #expect(taught.unknown(in: "a blue zorp") == ["blue"])
    }

    @Test(
        "Metadata that are no table of tags teach nothing",
        arguments: ["", "[]", "{", #"{"a": 1}"#, #"{"a": ["zorp"]}"#])
    func broken(_ text: String) async throws {
        #expect(try await Engine.run { try lora(tags: text).captionTags } == [])
    }
}
