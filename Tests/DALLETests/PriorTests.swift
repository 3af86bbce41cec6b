import PinxitAutograd
import PinxitCheckpoints
import PinxitDALLE
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

private let folder = Fixture.path("tiny-unclip/prior")

private func texts(_ expected: Fixture) -> EmbeddedTexts {
    EmbeddedTexts(
        states: expected["text/states"], embeddings: expected["text/embeddings"],
        lengths: expected["text/lengths"].integers.map(Int.init))
}

@Suite struct PriorTests {
    @Test func predictsWhatDiffusersPredicts() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let y = try PriorTransformer.load(folder: folder)(
                expected["prior/sample"],
                timesteps: expected["prior/timestep"].integers.map(Float.init),
                texts: texts(expected))
            #expect(relativeDifference(y, expected["prior/y"]) < 2e-5)
        }
    }

    @Test func hasTheGradientsOfPyTorch() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let component = try Component(path: folder)
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let prior = PriorTransformer(store.root, try PriorConfiguration(component.config))
            try store.verify()
            let y = prior(
                expected["prior/sample"],
                timesteps: expected["prior/timestep"].integers.map(Float.init),
                texts: texts(expected))
            let loss = (y - expected["prior/target"]).squared.mean()
            #expect(abs(loss.item / expected["prior_gradient/loss"].item - 1) < 1e-5)
            let found = gradients(of: loss, withRespectTo: store.parameters.map(\.tensor))
            for (parameter, gradient) in zip(store.parameters, found) {
                if ["clip_mean", "clip_std"].contains(parameter.name) {
                    #expect(gradient == nil)  // measured, not learnt
                    continue
                }
                // A key's bias adds the same to all scores of a query: its gradient is zero but for
                // rounding.
                if parameter.name.hasSuffix("to_k.bias") { continue }
                let difference = relativeDifference(
                    try #require(gradient, "\(parameter.name) has no gradient"),
                    expected["prior_gradient/\(parameter.name)"])
                #expect(difference < 1e-4, "\(parameter.name)")
            }
        }
    }

    /// What stands behind a text's end must not matter, however long the longest text of the batch
    /// is.
    @Test func paddingIsNotLookedAt() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let prior = try PriorTransformer.load(folder: folder)
            let all = texts(expected)
            let x = expected["prior/sample"].sliced(axis: 0, 1..<2)
            let alone = prior(x, timesteps: [420], texts: all.repeated(1, count: 1))
            let length = all.lengths[1]
            let cut = EmbeddedTexts(
                states: all.states.sliced(axis: 0, 1..<2).sliced(axis: 1, 0..<length),
                embeddings: all.embeddings.sliced(axis: 0, 1..<2), lengths: [length])
            #expect(largestDifference(alone, prior(x, timesteps: [420], texts: cut)) < 1e-6)
            #expect(
                relativeDifference(alone, expected["prior/y"].sliced(axis: 0, 1..<2)) < 2e-5)
        }
    }

    /// The whole way down, as `UnCLIPPipeline` walks it; the DDPM's way is checked with whole
    /// pictures.
    @Test func walksAsUnCLIPScheduler() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            let scheduler: JSONValue = [
                "_class_name": "UnCLIPScheduler", "prediction_type": "sample",
                "clip_sample_range": 2.0,
            ]
            let prior = Prior(
                try PriorTransformer.load(folder: folder),
                try PriorScheduler(JSONField(file: "scheduler", path: "", value: scheduler)))
            var generator = TorchGenerator(seed: UInt64(expected.integer("seed")))
            let all = texts(expected)
            let embedding = try prior.embeddings(
                all.repeated(1, count: 1), empty: all.repeated(0, count: 1),
                guidance: expected.number("prior_guidance_scale"),
                steps: expected.integer("prior_steps"), drawing: { generator.normal([1, 16]) })
            #expect(relativeDifference(embedding, expected["prior_embedding/unclip"]) < 2e-5)
        }
    }

    @Test(arguments: [
        ("embedding_dim", JSONValue.string("wide"), "embedding_dim"),
        ("added_emb_type", "other", "prd"), ("norm_in_type", "layer", "norm_in_type"),
        ("additional_embeddings", 5, "4"), ("num_layers", 0, "1 to 256"),
    ])
    func unusualConfigurationsAreRefused(
        _ name: String, _ value: JSONValue, _ hint: String
    ) throws {
        let config = try JSONFile.read("\(folder)/config.json")
        guard case .object(var members) = config.value else { fatalError("no object") }
        members.removeAll { $0.name == name }
        members.append(JSONMember(name, value))
        let changed = JSONField(file: "config.json", path: "", value: .object(members))
        let error = #expect(throws: FileError.self) { try PriorConfiguration(changed) }
        #expect("\(try #require(error))".contains(hint))
    }

    @Test func configurationsSurviveWriting() throws {
        let one = PriorConfiguration(
            heads: 4, headSize: 64, layers: 3, embeddingWidth: 192, statesWidth: 256, tokens: 32)
        #expect(try PriorConfiguration(JSONField(file: "", path: "", value: one.json)) == one)
    }
}
