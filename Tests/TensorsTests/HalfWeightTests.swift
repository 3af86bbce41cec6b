import PinxitTensors
import PinxitTestSupport
import Testing

/// Weights as checkpoints store them, in f16: the same numbers in f32 give the same result.
@Suite struct HalfWeightTests {
    @Test func f16WeightsAreConvertedAndPackedOnce() async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            for (input, output) in [(8, 16), (64, 64), (3, 5)] {
                let x = random.normal([2, 6, 6, input])
                let half = random.normal([output, input, 3, 3]).cast(to: .f16)
                let expected = conv2d(x, half.cast(to: .f32))
                let found = conv2d(x, half)
                #expect(largestDifference(found, expected) == 0)
                #expect(largestDifference(conv2d(x, half), expected) == 0)
                let rows = random.normal([7, input])
                let matrix = random.normal([output, input]).cast(to: .f16)
                let product = linear(rows, matrix.cast(to: .f32))
                #expect(largestDifference(linear(rows, matrix), product) == 0)
            }
        }
    }
}
