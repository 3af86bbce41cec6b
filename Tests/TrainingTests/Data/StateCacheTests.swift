import PinxitFiles
import PinxitTensors
import Testing

@testable import PinxitTraining

@Test("States are made once, in fixed groups, and come in any order")
func stateCache() async throws {
    try await Engine.run {
        var made: [Range<Int>] = []
        let cache = StateCache(count: 150, path: "text_encoder") { range in
            made.append(range)
            return Tensor(
                range.flatMap { [Float($0), Float(2 * $0)] }, shape: [range.count, 1, 2])
        }
        for indices in [[3, 149, 3], [70, 0], [149, 64, 128]] {
            let states = try cache.gather(indices)
            #expect(states.shape == [indices.count, 1, 2])
            #expect(states.floats == indices.flatMap { [Float($0), Float(2 * $0)] })
        }
        #expect(made == [0..<64, 128..<150, 64..<128])
    }
}

@Test("States that take more memory than there is are refused, saying how many would fit")
func statesOfTooManyCaptions() async {
    await Engine.run {
        let cache = StateCache(count: 1 << 40, path: "text_encoder") { range in
            Tensor.zeros([range.count, 32, 32])
        }
        let error = #expect(throws: FileError.self) { try cache.gather([0]) }
        #expect(error?.path == "text_encoder" && error?.field == "task.pictures")
        #expect(error?.problem.contains("captions") == true)
    }
}
