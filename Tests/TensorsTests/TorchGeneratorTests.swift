import PinxitTensors
import PinxitTestSupport
import Testing

/// Random numbers against PyTorch's CPU generator.
@Suite struct TorchGeneratorTests {
    static func difference(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return .infinity }
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    /// What `torch.randn` prints for seed 0: a short draw, a block, and a block with a remainder.
    @Test(arguments: [
        [1.5410, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986],
        [
            -1.1258, -1.1524, -0.2506, -0.4339, 0.8487, 0.6920, -0.3160, -2.1152, 0.3223, -1.2633,
            0.3500, 0.3081, 0.1198, 1.2377, 1.1168, -0.2473,
        ],
        [
            -1.1258, -1.1524, -0.2506, -0.4339, 0.5988, -1.5551, -0.3414, 1.8530, 0.4681, -0.1577,
            1.4437, 0.2660, 1.3894, 1.5863, 0.9463, -0.8437, 0.9318, 1.2590, 2.0050, 0.0537,
        ],
    ])
    func printedNumbers(_ expected: [Float]) {
        var generator = TorchGenerator(seed: 0)
        let found = generator.normal(count: expected.count)
        #expect(Self.difference(found, expected) < 0.00006)
    }

    @Test func normalNumbersOfManySizesAndSeeds() throws {
        let fixture = try Fixture("randn.safetensors")
        let keys = fixture.keys.filter { $0.hasPrefix("normal/") }
        #expect(keys.count > 50)
        for key in keys {
            let parts = key.split(separator: "/")
            var generator = TorchGenerator(seed: UInt64(parts[1])!)
            let found = generator.normal(count: Int(parts[2])!)
            #expect(Self.difference(found, fixture[key].floats) < 2e-6, "\(key)")
        }
    }

    @Test(arguments: ["short_short", "short_long_short", "long_long", "ones", "long_short"])
    func oneDrawAfterTheOther(_ name: String) throws {
        let fixture = try Fixture("randn.safetensors")
        var generator = TorchGenerator(seed: 1234)
        let keys = fixture.keys.filter { $0.hasPrefix("sequence/\(name)/") }
        #expect(!keys.isEmpty)
        for key in keys {
            let expected = fixture[key].floats
            let found = generator.normal(count: expected.count)
            #expect(Self.difference(found, expected) < 2e-6, "\(key)")
        }
    }

    @Test func noiseOfAStableDiffusionPicture() throws {
        let fixture = try Fixture("randn.safetensors")
        var generator = TorchGenerator(seed: 42)
        let noise = generator.normal(count: 4 * 64 * 64)
        let thousandths = stride(from: 0, to: noise.count, by: 1000).map { noise[$0] }
        #expect(Self.difference(Array(noise.prefix(16)), fixture["latents/42/first"].floats) < 2e-6)
        #expect(Self.difference(Array(noise.suffix(16)), fixture["latents/42/last"].floats) < 2e-6)
        #expect(Self.difference(thousandths, fixture["latents/42/every_1000th"].floats) < 2e-6)
        let count = Double(noise.count)
        let mean = noise.reduce(0.0) { $0 + Double($1) } / count
        let square = noise.reduce(0.0) { $0 + Double($1) * Double($1) } / count
        let expected = fixture["latents/42/mean_and_square"].floats
        #expect(Self.difference([Float(mean), Float(square)], expected) < 1e-6)
    }

    @Test(arguments: [0, 42]) func uniformNumbersAreExact(_ seed: Int) throws {
        let fixture = try Fixture("randn.safetensors")
        var generator = TorchGenerator(seed: UInt64(seed))
        #expect(generator.uniform(count: 20) == fixture["uniform/\(seed)/20"].floats)
    }

    @Test func aGeneratorGoesOnFromItsState() {
        var generator = TorchGenerator(seed: 7)
        _ = generator.normal(count: 3)
        var copy = TorchGenerator(seed: 0)
        copy.state = generator.state
        #expect(generator.normal(count: 5) == copy.normal(count: 5))
        #expect(generator.normal(count: 100) == copy.normal(count: 100))
    }
}
