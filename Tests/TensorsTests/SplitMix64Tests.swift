import PinxitTensors
import Testing

@Suite struct SplitMix64Tests {
    /// Worked out apart, in whole numbers of any size: epochs are to stay what they are.
    @Test("An order drawn from a seed is always the same, and has each element once")
    func shuffles() {
        var (one, two) = (SplitMix64(seed: 1), SplitMix64(seed: 2))
        #expect(one.shuffled(Array(0..<8)) == [0, 3, 7, 1, 2, 6, 5, 4])
        #expect(two.shuffled(Array(0..<8)) == [0, 2, 7, 1, 6, 3, 5, 4])
        #expect(one.shuffled([String]()) == [])
        // One element draws nothing.
        var (before, after) = (one, one)
        #expect(after.shuffled(["a"]) == ["a"] && before.next() == after.next())
    }
}
