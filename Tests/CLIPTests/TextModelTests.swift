import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct TextModelTests {
    @Test(arguments: ["tiny-sd1", "tiny-sd2", "tiny-pinxit"])
    func statesAgreeWithTransformers(_ pipeline: String) async throws {
        try await Engine.run {
            let expected = try Fixture("\(pipeline)/expected.safetensors")
            let text = try CLIPTextModel.load(folder: Fixture.path("\(pipeline)/text_encoder"))
            let ids = stack((0..<4).map { expected["ids/\($0)"] })
            let states = text(ids).last
            #expect(relativeDifference(states, expected["text/last_hidden_state"]) < 2e-5)
        }
    }

    @Test func everyLayersStatesAgree() async throws {
        try await Engine.run {
            let expected = try Fixture("edge-cases.safetensors")
            let text = try CLIPTextModel.load(folder: Fixture.path("tiny-sd1/text_encoder"))
            let output = text(expected["ids"])
            #expect(output.hidden.count == 3)
            for (index, hidden) in output.hidden.enumerated() {
                #expect(relativeDifference(hidden, expected["hidden/\(index)"]) < 2e-5, "\(index)")
            }
            let pooled = text.pooled(output.last, ids: expected["ids"])
            #expect(relativeDifference(pooled, expected["pooled"]) < 2e-5)
            #expect(largestDifference(text.normalised(output.hidden[2]), output.last) == 0)
        }
    }

    /// Id 2 for the end of a text, a slip of early configurations, means the largest id.
    @Test func theLegacyEndIsTheLargestID() async {
        await Engine.run {
            var c = CLIPTextConfiguration(
                vocabularySize: 10, hiddenSize: 4, intermediateSize: 8, layers: 1, heads: 1,
                maxPositions: 5)
            let ids = Tensor([0, 2, 9, 9, 2] as [Int32], shape: [1, 5])
            let states = Tensor((0..<20).map(Float.init), shape: [1, 5, 4])
            for (eos, row) in [(2, 2), (9, 2), (7, 0)] {
                c.eosID = eos
                let text = CLIPTextModel(ParameterStore(seed: 1).root, c)
                #expect(text.pooled(states, ids: ids).floats[0] == Float(4 * row), "\(eos)")
            }
        }
    }

    /// A word changes the states after it and none before.
    @Test func attentionIsCausal() async throws {
        try await Engine.run {
            let text = try CLIPTextModel.load(folder: Fixture.path("tiny-sd1/text_encoder"))
            let a = text(Tensor([524, 1, 2, 3, 4, 525] as [Int32], shape: [1, 6])).last
            let b = text(Tensor([524, 1, 2, 9, 4, 525] as [Int32], shape: [1, 6])).last
            #expect(largestDifference(a.sliced(axis: 1, 0..<3), b.sliced(axis: 1, 0..<3)) < 1e-5)
            #expect(largestDifference(a.sliced(axis: 1, 3..<4), b.sliced(axis: 1, 3..<4)) > 1e-2)
        }
    }

    @Test func keysWithoutPrefixAndTablesOfPositionsAreAccepted() async throws {
        try await Engine.run {
            let original = try Component(path: Fixture.path("tiny-sd1/text_encoder"))
            var tensors: [String: Tensor] = [:]
            for (name, tensor) in try original.tensors() {
                tensors[String(name.dropFirst("text_model.".count))] = tensor
            }
            tensors["embeddings.position_ids"] = Tensor([0, 1, 2] as [Int32], shape: [1, 3])
            let path =
                "\(FileManager.default.temporaryDirectory.path)/text-\(UInt64.random(in: 0 ... .max))/"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try makeFolder(path)
            try JSONFile.write(original.config.value ?? .null, to: path + "config.json")
            try Checkpoint.save(tensors, to: path + "model.safetensors")
            let ids = Tensor([524, 1, 525] as [Int32], shape: [1, 3])
            let states = try CLIPTextModel.load(folder: path)(ids).last
            let same = try CLIPTextModel.load(original)(ids).last
            #expect(largestDifference(states, same) == 0)
        }
    }
}
