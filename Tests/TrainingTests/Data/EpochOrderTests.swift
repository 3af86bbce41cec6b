import Testing

@testable import PinxitTraining

@Test("Every epoch shows every sample once, in an order of its own, wherever it is entered")
func epochOrder() {
    var order = EpochOrder(count: 12, seed: 5)
    let steps = (0..<9).map { order.batch(step: $0, size: 4) }
    let epochs = (0..<3).map { steps[$0 * 3..<$0 * 3 + 3].flatMap { $0 } }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<12)) }
    #expect(epochs[0] != epochs[1])
    var resumed = EpochOrder(count: 12, seed: 5)
    #expect(resumed.batch(step: 7, size: 4) == steps[7])
}
