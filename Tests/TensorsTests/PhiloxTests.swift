import PinxitTensors
import PinxitTestSupport
import Testing

/// CUDA's normal numbers, as AUTOMATIC1111's `rng_philox.py` draws them.
@Suite struct PhiloxTests {
    @Test("Numbers are those of torch.cuda.manual_seed")
    func numbers() async throws {
        try await Engine.run {
            let fixture = try Fixture("noise.safetensors")
            var generator = PhiloxGenerator(seed: 0)
            let first = generator.normal([3, 4])
            // As the file's own words say.
            let known: [Float] = [-0.92466259, -0.42534415, -2.6438457, 0.14518388]
            #expect(zip(first.floats, known).allSatisfy { abs($0 - $1) <= 1e-6 })
            let far = largestDifference(first, fixture["philox/0"])
            #expect(far <= 1e-6)
            let next = largestDifference(generator.normal([3, 4]), fixture["philox/second"])
            #expect(next <= 1e-6)
            var last = NoiseGenerator(seed: UInt64(UInt32.max), .philox)
            let large = last.normal([4, 64, 64]).floats
            let expected = fixture["philox/large"].floats
            var index = 0
            for channel in 0..<4 {
                for y in stride(from: 0, to: 64, by: 7) {
                    for x in stride(from: 0, to: 64, by: 9) {
                        let found = large[(channel * 64 + y) * 64 + x]
                        #expect(abs(found - expected[index]) <= 2e-6)
                        index += 1
                    }
                }
            }
            #expect(index == expected.count)
        }
    }
}
