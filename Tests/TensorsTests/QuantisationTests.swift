import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// Products in 8 bits against the same sums over the levels, in f32.
@Suite struct QuantisationTests {
    /// A tensor as its levels stand for it: one scale for all, or one for each row.
    private func rounded(_ x: Tensor, byRow: Bool) -> Tensor {
        let rows = byRow ? x.shape[0] : 1
        let length = x.count / rows
        var values = x.floats
        for row in 0..<rows {
            let range = row * length..<(row + 1) * length
            let scale = values[range].map(abs).max()! / 127
            for i in range { values[i] = (values[i] / scale).rounded(.toNearestOrEven) * scale }
        }
        return Tensor(values, shape: x.shape)
    }

    @Test("As the processor does best, and widened", arguments: [false, true])
    func linearAndConvolutionMultiplyLevels(_ widened: Bool) async {
        await Engine.run {
            var random = SplitMix64(seed: 5)
            for (input, output, side) in [(16, 32, 7), (33, 5, 4), (96, 64, 9)] {
                let x = random.normal([3, side, side, input])
                let bias = random.normal([output])
                let weight = random.normal([output, input])
                let kernel = random.normal([output, input, 3, 3])
                for w in [weight, kernel] { w.storage.isQuantisable = true }
                let (lx, lw, lk) = (
                    rounded(x, byRow: false), rounded(weight, byRow: true),
                    rounded(kernel, byRow: true)
                )
                let padding = Operation.Convolution(padding: 1)
                let (y, z) = eightBits(widened) {
                    (linear(x, weight, bias: bias), conv2d(x, kernel, bias: bias, padding))
                }
                let (ey, ez) = (linear(lx, lw, bias: bias), conv2d(lx, lk, bias: bias, padding))
                #expect(largestDifference(y, ey) < 2e-4, "\(input)->\(output)")
                #expect(largestDifference(z, ez) < 6e-4, "\(input)->\(output)")
                // Near the exact result, but not it.
                let exact = linear(x, weight, bias: bias)
                let error = (y - exact).squared.mean().item / exact.squared.mean().item
                #expect(error > 1e-7 && error < 1e-3)
            }
        }
    }

    /// On processors without VNNI both ways are one.
    @Test(
        "Widened levels have the sums of oneDNN's, kept or streamed",
        arguments: [ElementType.f32, .bf16], [(1, 1), (3, 1), (3, 2), (4, 2)])
    func bothWaysAgree(_ type: ElementType, _ window: (size: Int, stride: Int)) async {
        await Engine.run {
            var random = SplitMix64(seed: 7)
            let x = random.normal([2, 9, 11, 40]).cast(to: type)
            let bias = random.normal([50])
            let geometry = Operation.Convolution(stride: window.stride, padding: 1)
            for isStreamed in [false, true] {
                let kernel = random.normal([50, 40, window.size, window.size])
                let weight = random.normal([50, 40]).cast(to: .f16)
                for w in [weight, kernel] {
                    w.storage.isQuantisable = true
                    w.storage.isStreamed = isStreamed
                }
                func results() -> [Tensor] {
                    [linear(x, weight, bias: bias), conv2d(x, kernel, bias: bias, geometry)]
                }
                let found = eightBits(true) { results() }
                for (y, expected) in zip(found, eightBits(false) { results() }) {
                    #expect(y.type == type && y.shape == expected.shape)
                    // Sums are whole numbers below 2^24; the bias is rounded, and the result.
                    #expect(relativeDifference(y, expected) < (type == .f32 ? 1e-6 : 0x1p-8))
                }
            }
        }
    }

    private func eightBits<Result>(_ widened: Bool, _ body: () -> Result) -> Result {
        Quantisation.widening(widened) { Quantisation.using(true, body) }
    }

    @Test(arguments: [false, true])
    func onlyWhereItIsAskedForAndAllowed(_ widened: Bool) async {
        await Engine.run {
            Quantisation.widening(widened) { asksAndAllows() }
        }
    }

    private func asksAndAllows() {
        var random = SplitMix64(seed: 6)
        let x = random.normal([4, 32])
        let weight = random.normal([16, 32])
        let exact = linear(x, weight)
        #expect(largestDifference(Quantisation.using(true) { linear(x, weight) }, exact) == 0)
        weight.storage.isQuantisable = true
        #expect(largestDifference(linear(x, weight), exact) == 0)
        let leaf = x.tracked()
        let tracked = Quantisation.using(true) { linear(leaf, weight) }
        #expect(tracked.isTracked)
        #expect(largestDifference(tracked, exact) == 0)
        #expect(largestDifference(Quantisation.using(true) { linear(x, weight) }, exact) > 0)
        // The exact form is still there.
        #expect(largestDifference(linear(x, weight), exact) == 0)
    }
}
