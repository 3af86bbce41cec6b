import PinxitDALLE
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

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
        // What another run has learnt moves by a hundredth, used or not.
        let learnt = quantiser.codebook.floats
        var other = SplitMix64(seed: 3)
        let few = Tensor(learnt[0..<2].map { $0 + 1 }, shape: [1, 2])
        _ = CodebookAverage(ParameterStore(seed: 1).root, codes: 8, width: 2, isLearnt: true)
            .update(quantiser, features: few, ids: Tensor([Int32(0)], shape: [1]), random: &other)
        #expect(zip(learnt, quantiser.codebook.floats).allSatisfy { abs($0 - $1) < 0.1 })
        quantiser.codebook.overwrite(with: Tensor(learnt, shape: [8, 2]))
        // Points around eight centres, far from where the codebook starts.
        func features(_ random: inout SplitMix64, count: Int) -> Tensor {
            let values = (0..<count).flatMap { row -> [Float] in
                let centre = [Float(row % 4) * 10 + 30, Float(row % 8 / 4) * 10 - 50]
                return centre.map { $0 + 0.5 * random.normal() }
            }
            return Tensor(values, shape: [count, 2])
        }
        for step in 0..<600 {
            var random = SplitMix64(seed: 7, index: step)
            let features = features(&random, count: 64)
            _ = average.update(
                quantiser, features: features, ids: quantiser.ids(features), random: &random)
        }
        var random = SplitMix64(seed: 8)
        let shown = features(&random, count: 4096)
        let (values, ids) = (shown.floats, quantiser.ids(shown).integers)
        let codebook = quantiser.codebook.floats
        for code in 0..<8 {
            let those = ids.indices.filter { ids[$0] == Int32(code) }
            #expect(!those.isEmpty, "code \(code) is not used")
            for i in 0..<2 {
                let mean = those.reduce(0) { $0 + values[2 * $1 + i] } / Float(max(those.count, 1))
                // The average remembers about a hundred steps, of a few features each.
                #expect(abs(mean - codebook[2 * code + i]) < 0.3, "code \(code)")
            }
        }
    }
}
