import PinxitCheckpoints
import PinxitDALLE
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// The discrete autoencoder with each of its quantisers, against PyTorch.
@Suite struct AutoencoderTests {
    private static let kinds = [("fsq", "picture_tokenizer"), ("gumbel", "gumbel"), ("vq", "vq")]

    @Test(arguments: kinds)
    func tokensAndPicturesAreTorchs(_ name: String, _ component: String) async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let model = try DiscreteAutoencoder.load(folder: folder(component))
            let picture = expected["picture"].channelsLast
            let features = model.features(picture)
            #expect(relativeDifference(features, expected["\(name)/features"]) < 1e-4)
            let tokens = model.tokens(picture)
            #expect(tokens.integers == expected["\(name)/tokens"].integers)
            #expect(tokens.shape == [2, 16])
            // What the relaxed choice of DALL·E gives its decoder in training is not what a token
            // gives it.
            guard name != "gumbel" else { return }
            let rebuilt = model.pictures(tokens.reshaped([2, 4, 4]))
            #expect(relativeDifference(rebuilt, expected["\(name)/rebuilt"].channelsLast) < 1e-4)
        }
    }

    @Test(arguments: kinds)
    func gradientsAreTorchs(_ name: String, _ component: String) async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let component = try Component(path: folder(component))
            let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
            let model = DiscreteAutoencoder(
                store.root, try DiscreteAutoencoderConfiguration(component.config))
            try store.verify()
            let picture = expected["picture"].channelsLast
            var relaxation = Relaxation(temperature: 0.7, random: SplitMix64(seed: 5))
            let quantised = model.quantiser.relaxed(model.features(picture), &relaxation)
            #expect(relativeDifference(quantised.vectors, expected["\(name)/vectors"]) < 1e-4)
            #expect(quantised.ids.integers == expected["\(name)/tokens"].integers)
            let rebuilt = model.decode(quantised.vectors)
            #expect(relativeDifference(rebuilt, expected["\(name)/rebuilt"].channelsLast) < 1e-4)
            var loss = (rebuilt - picture).abs.mean()
            if let penalty = quantised.penalty { loss = loss + penalty * 0.1 }
            #expect(abs(loss.item / expected["\(name)/loss"].item - 1) < 1e-5)
            try compare(loss, store.parameters, expected, "\(name)_gradient")
        }
    }

    @Test("Every code of a finite scalar quantiser is the code of its own features")
    func codesAreTheirOwn() async throws {
        await Engine.run {
            let quantiser = FiniteScalarQuantiser(levels: [2, 3, 4, 5, 8])
            let all = Tensor((0..<Int32(quantiser.codes)).map { $0 }, shape: [quantiser.codes])
            let vectors = quantiser.vectors(all)
            #expect(Set(vectors.floats).count <= 8 + 5 + 4 + 3 + 2)
            #expect(vectors.floats.allSatisfy { (-1...1).contains($0) })
            // Features far outside are squeezed to the outermost levels, which the bounds must
            // reach.
            let far = Tensor(
                [-50, -50, -50, -50, -50, 50, 50, 50, 50, 50], shape: [2, 5])
            #expect(quantiser.ids(far).integers == [0, Int32(quantiser.codes - 1)])
            var relaxation = Relaxation(temperature: 1, random: SplitMix64(seed: 1))
            var random = SplitMix64(seed: 3)
            let features = random.normal([500, 5]) * 2
            let quantised = quantiser.relaxed(features, &relaxation)
            #expect(quantised.ids.integers == quantiser.ids(features).integers)
            #expect(largestDifference(quantised.vectors, quantiser.vectors(quantised.ids)) < 1e-6)
        }
    }
}
