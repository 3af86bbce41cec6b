import Testing

@testable import PinxitTensors

/// What operations cost, as `pinxit bench model` tells it.
@Suite struct OperationProfileTests {
    @Test("A profile has an event for each operation, named by its weight")
    func profile() async {
        await Engine.run {
            let (x, weight) = (Tensor.ones([4, 8]), Tensor.ones([16, 8]))
            weight.storage.name = "a weight"
            let profiler = Profiler()
            Engine.observed(by: profiler) { _ = linear(x, weight).silu }
            let events = profiler.profile.events
            #expect(events.map(\.kind) == [.product, .elementwise])
            #expect(events.map(\.label) == ["a weight", "elementwise"])
            #expect(events.map(\.flop) == [2 * 4 * 16 * 8, 0])
            #expect(events.allSatisfy { $0.seconds >= 0 && $0.start >= 0 })
            #expect(profiler.profile.rows.map(\.count) == [1, 1])
        }
    }
}
