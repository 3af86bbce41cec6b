import DALLE
import Layers
import Tensors
import TestSupport
import Testing

@testable import Training

@Test("Codes used evenly have a perplexity of their number, one code a perplexity of one")
func codebookUse() {
    let even = CodebookUse((0..<40).map { Int32($0 % 10) }, codes: 20)
    #expect(even.share == 0.5 && abs(even.perplexity - 10) < 1e-4)
    let one = CodebookUse([3, 3, 3], codes: 4)
    #expect(one.share == 0.25 && abs(one.perplexity - 1) < 1e-6)
    // Entropy of (3/4, 1/4) is 0.5623 nats.
    #expect(abs(CodebookUse([0, 0, 0, 1], codes: 2).perplexity - 1.7548) < 1e-3)
}

@Test("A codebook moves to the centres of what it is shown, and no code stays unused")
func codebookFollowsFeatures() async throws {
    await Engine.run {
        let configuration = {
            var c = DiscreteAutoencoderConfiguration()
            c.quantizer = .nearest(codes: 8, width: 2)
            c.blockOutChannels = [4, 4]
            (c.encoderBlocks, c.decoderBlocks) = ([0, 0], [0, 0])
            return c
        }()
        let store = ParameterStore(seed: 1)
        let model = DiscreteAutoencoder(store.root, configuration)
        guard let quantiser = model.quantiser as? NearestQuantiser else {
            Issue.record("a nearest quantiser was asked for")
            return
        }
        let averages = ParameterStore(seed: 1)
        let average = CodebookAverage(averages.root, codes: 8, width: 2)
        // Eight well separated points, far from where the codebook starts.
        let centres: [[Float]] = (0..<8).map { [Float($0 % 4) * 10 + 30, Float($0 / 4) * 10 - 50] }
        for step in 0..<400 {
            var random = SplitMix64(seed: 7, index: step)
            let features = Tensor(
                (0..<64).flatMap { row in
                    centres[row % 8].map { $0 + 0.1 * random.normal() }
                }, shape: [64, 2])
            _ = average.update(
                quantiser, features: features, ids: quantiser.ids(features), random: &random)
        }
        let exact = Tensor(centres.flatMap { $0 }, shape: [8, 2])
        let ids = quantiser.ids(exact)
        #expect(Set(ids.integers).count == 8)
        #expect(largestDifference(quantiser.vectors(ids).detached, exact) < 0.1)
    }
}
