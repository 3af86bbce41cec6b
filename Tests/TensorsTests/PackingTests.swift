import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// Weights in oneDNN's order: kept once for all that read the same order, or brought in for every
/// use.
@Suite struct PackingTests {
    @Test(
        "Batches of different sizes share one packed weight", arguments: [ElementType.f32, .bf16])
    func batchesShare(_ type: ElementType) async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let weight = random.normal([64, 48, 3, 3])
            for batch in [1, 2, 3] {
                _ = conv2d(random.normal([batch, 6, 6, 48]).cast(to: type), weight)
            }
            #expect(weight.storage.packedForms == 1)
        }
    }

    @Test("A square matrix and its transpose do not share")
    func transposesDoNotShare() async {
        await Engine.run {
            var random = SplitMix64(seed: 2)
            let weight = random.normal([64, 64])
            let x = random.normal([32, 64])
            for _ in 0..<2 {
                let y = linear(x, weight)
                #expect(largestDifference(y, matmul(x, weight, transposeB: true)) < 1e-4)
                let dx = linearInputGradient(x, weight, input: x.shape)
                #expect(largestDifference(dx, matmul(x, weight)) < 1e-4)
            }
        }
    }

    @Test("Changed weights are packed anew")
    func changesAreSeen() async {
        await Engine.run {
            var random = SplitMix64(seed: 3)
            let weight = random.normal([32, 16])
            let x = random.normal([4, 16])
            _ = linear(x, weight)
            let other = random.normal([32, 16])
            weight.overwrite(with: other)
            #expect(largestDifference(linear(x, weight), linear(x, other)) == 0)
        }
    }

    @Test("Streamed weights give the same numbers", arguments: [ElementType.f32, .bf16])
    func streamedIsTheSame(_ type: ElementType) async {
        await Engine.run {
            var random = SplitMix64(seed: 4)
            for (input, output) in [(8, 16), (96, 32), (5, 3)] {
                let x = random.normal([2, 6, 6, input]).cast(to: type)
                let kept = random.normal([output, input, 3, 3])
                let streamed = kept.copy()
                streamed.storage.isStreamed = true
                #expect(largestDifference(conv2d(x, kept), conv2d(x, streamed)) == 0)
                #expect(streamed.storage.packedForms == 0)
            }
        }
    }

    @Test(
        "Weights that are used once give the same numbers and are not kept, those kept are used",
        arguments: [ElementType.f32, .bf16])
    func usedOnceIsTheSame(_ type: ElementType) async {
        await Engine.run {
            var random = SplitMix64(seed: 5)
            for (input, output) in [(8, 16), (96, 32), (5, 3)] {
                let x = random.normal([2, 6, 6, input]).cast(to: type)
                let kept = random.normal([output, input, 3, 3])
                let once = kept.copy()
                let y = conv2d(x, kept)
                let forms = kept.storage.packedForms
                PackedWeights.usedOnce(true) {
                    #expect(largestDifference(y, conv2d(x, once)) == 0)
                    #expect(largestDifference(y, conv2d(x, kept)) == 0)
                }
                #expect(once.storage.packedForms == 0)
                #expect(kept.storage.packedForms == forms)
                let other = random.normal(kept.shape)
                kept.overwrite(with: other)
                PackedWeights.usedOnce(true) {
                    #expect(largestDifference(conv2d(x, other), conv2d(x, kept)) == 0)
                }
            }
        }
    }
}
