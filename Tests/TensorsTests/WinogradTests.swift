import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// Winograd's convolutions against the direct ones, in bf16 with dot products and with f32
/// arithmetic.
@Suite struct WinogradTests {
    private static let padding = Operation.Convolution(padding: 1)

    @Test(
        "Odd sizes and several pictures", arguments: [ElementType.f32, .bf16],
        [[2, 16, 32, 96, 96], [5, 17, 13, 96, 130], [1, 64, 64, 160, 96]])
    func agreesWithTheDirectSum(_ type: ElementType, _ sizes: [Int]) async {
        await Engine.run {
            var random = SplitMix64(seed: 6)
            let (input, output) = (sizes[3], sizes[4])
            let x = random.normal([sizes[0], sizes[1], sizes[2], input]).cast(to: type)
            let weight = random.normal([output, input, 3, 3])
            let bias = random.normal([output])
            let y = conv2d(x, weight, bias: bias, Self.padding)
            let expected = Winograd.using(false) {
                conv2d(x, weight, bias: bias, Self.padding)
            }
            let difference = relativeDifference(y, expected)
            // It was Winograd's: sums are rounded otherwise.
            #expect(difference > 0)
            // In bf16 the transformed places are rounded, 2^-9 each, beside the result.
            #expect(difference < (type == .f32 ? 1e-5 : 0x1p-6))
        }
    }

    @Test("A few rows at a time, the same bits", arguments: [ElementType.f32, .bf16])
    func rowsAreIndependent(_ type: ElementType) async {
        await Engine.run {
            var random = SplitMix64(seed: 7)
            let x = random.normal([1, 40, 64, 96]).cast(to: type)
            let weight = random.normal([96, 96, 3, 3])
            let whole = conv2d(x, weight, Self.padding)
            let lower = conv2d(
                x.sliced(axis: 1, 15..<40), weight,
                .init(stride: 1, top: 0, left: 1, bottom: 1, right: 1))
            #expect(largestDifference(lower, whole.sliced(axis: 1, 16..<40)) == 0)
        }
    }

    @Test("Streamed and changed weights")
    func weightsStreamedOrChanged() async {
        await Engine.run {
            var random = SplitMix64(seed: 8)
            let x = random.normal([1, 32, 32, 96])
            let (weight, other) = (random.normal([96, 96, 3, 3]), random.normal([96, 96, 3, 3]))
            let y = conv2d(x, weight, Self.padding)
            let streamed = weight.copy()
            streamed.storage.isStreamed = true
            #expect(largestDifference(conv2d(x, streamed, Self.padding), y) == 0)
            #expect(streamed.storage.packedForms == 0)
            weight.overwrite(with: other)
            let changed = conv2d(x, weight, Self.padding)
            #expect(largestDifference(changed, conv2d(x, other, Self.padding)) == 0)
        }
    }

    @Test(
        "Gradients of odd sizes, and of more tiles than are taken at once",
        arguments: [ElementType.f32, .bf16],
        [[2, 16, 32, 96, 96, 1], [5, 17, 13, 96, 130, 1], [2, 61, 64, 130, 96, 0]])
    func gradientsAgreeWithTheDirectOnes(_ type: ElementType, _ sizes: [Int]) async {
        await Engine.run {
            var random = SplitMix64(seed: 9)
            let geometry = Operation.Convolution(
                stride: 1, top: sizes[5], left: 1, bottom: sizes[5], right: 1)
            let x = random.normal([sizes[0], sizes[1], sizes[2], sizes[3]]).cast(to: type)
            let weight = random.normal([sizes[4], sizes[3], 3, 3])
            let dy = random.normal(conv2d(x, weight, geometry).shape).cast(to: type)
            func gradients() -> [Tensor] {
                let (dw, db) = conv2dWeightGradient(
                    x, dy, weight: weight.shape, bias: true, geometry)
                return [conv2dInputGradient(dy, weight, input: x.shape, geometry), dw, db!]
            }
            for (found, expected) in zip(gradients(), Winograd.using(false) { gradients() }) {
                #expect(found.shape == expected.shape && found.type == expected.type)
                // In bf16 transformed places are rounded, 2^-9 each.
                #expect(relativeDifference(found, expected) < (type == .f32 ? 1e-5 : 0x1p-6))
            }
            let dx = gradients()[0]
            #expect(
                largestDifference(dx, Winograd.using(false) { gradients()[0] }) > 0,
                "it was Winograd's")
        }
    }

    @Test("A changed weight has another gradient")
    func gradientsFollowTheWeight() async {
        await Engine.run {
            var random = SplitMix64(seed: 10)
            let dy = random.normal([1, 32, 32, 96])
            let (weight, other) = (random.normal([96, 96, 3, 3]), random.normal([96, 96, 3, 3]))
            _ = conv2dInputGradient(dy, weight, input: dy.shape, Self.padding)
            weight.overwrite(with: other)
            let changed = conv2dInputGradient(dy, weight, input: dy.shape, Self.padding)
            let expected = conv2dInputGradient(dy, other, input: dy.shape, Self.padding)
            #expect(largestDifference(changed, expected) == 0)
        }
    }
}
