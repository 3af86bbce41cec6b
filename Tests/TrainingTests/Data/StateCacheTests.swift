import PinxitTensors
import Testing

@testable import PinxitTraining

@Test("States are made once, in fixed groups, and come in any order")
func stateCache() async {
    await Engine.run {
        var made: [Range<Int>] = []
        let cache = StateCache(count: 150) { range in
            made.append(range)
            return Tensor(
                range.flatMap { [Float($0), Float(2 * $0)] }, shape: [range.count, 1, 2])
        }
        for indices in [[3, 149, 3], [70, 0], [149, 64, 128]] {
            let states = cache.gather(indices)
            #expect(states.shape == [indices.count, 1, 2])
            #expect(states.floats == indices.flatMap { [Float($0), Float(2 * $0)] })
        }
        #expect(made == [0..<64, 128..<150, 64..<128])
    }
}
