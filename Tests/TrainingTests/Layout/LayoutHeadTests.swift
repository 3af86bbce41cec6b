import PinxitAutograd
import PinxitDatasets
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// A head learns from states that tie things to places, and cannot from those that only name the
/// things.
@Suite struct LayoutHeadTests {
    private let width = 32

    /// Pairs of things side by side, and a state for each of the two.
    private func pairs(_ vocabulary: [VocabularyEntry], areTied: Bool, _ random: inout SplitMix64)
        -> (
            states: Tensor, specs: [PictureSpec?]
        )
    {
        func code(_ seed: Int) -> [Float] {
            var random = SplitMix64(seed: UInt64(seed))
            return random.normal([width]).floats
        }
        var values: [Float] = []
        let specs = (0..<16).map { _ -> PictureSpec? in
            let first = random.below(vocabulary.count)
            let second = (first + 1 + random.below(vocabulary.count - 1)) % vocabulary.count
            let isLeft = random.chance(0.5)
            for (object, place) in [(first, isLeft ? 100 : 101), (second, isLeft ? 101 : 100)] {
                values += zip(code(object), code(place)).map { $0 + (areTied ? $1 : 0) }
            }
            return PictureSpec(
                layout: .pair(isLeft ? .left : .right),
                parts: [first, second].map { .init(object: vocabulary[$0].key) })
        }
        return (Tensor(values, shape: [specs.count, 2, width]), specs)
    }

    private func trained(areTied: Bool) throws -> Float {
        let vocabulary = try Toys.vocabulary
        let store = ParameterStore(seed: 1)
        let head = LayoutHead(store.root("layout"), width: width, heads: 4, vocabulary)
        var settings = OptimisationSettings.benchmark
        settings.weightDecay = 0
        let optimiser = AdamW(store.parameters, settings)
        var random = SplitMix64(seed: 2)
        var recent: Float = 0
        for step in 0..<300 {
            let (states, specs) = pairs(vocabulary, areTied: areTied, &random)
            let loss = head.loss(states, specs)
            recent = 0.9 * recent + 0.1 * loss.item
            let targets = store.parameters.map(\.tensor)
            _ = try optimiser.update(
                gradients(of: loss, withRespectTo: targets), rate: 0.01, step: step)
        }
        return recent
    }

    @Test func statesMustTieThingsToPlaces() async throws {
        try await Engine.run {
            let (tied, named) = (try trained(areTied: true), try trained(areTied: false))
            #expect(tied < 0.2)
            #expect(named > 0.5)
        }
    }

    @Test func captionsThatSayNoPlaceCostNothing() async throws {
        try await Engine.run {
            let vocabulary = try Toys.vocabulary
            let store = ParameterStore(seed: 1)
            let head = LayoutHead(store.root("layout"), width: width, heads: 4, vocabulary)
            let beside = PictureSpec(
                layout: .pair(.beside), parts: vocabulary.prefix(2).map { .init(object: $0.key) })
            let loss = head.loss(.ones([2, 3, width]), [nil, beside])
            #expect(loss.item == 0)
        }
    }
}
