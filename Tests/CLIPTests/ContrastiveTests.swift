import PinxitCLIP
import PinxitLayers
import PinxitPlatform
import PinxitTensors
import PinxitTestSupport
import Testing

/// Two pictures and two texts at right angles, as they should be, scaled by e.
private let rows = Tensor([1, 0, 0, 1], shape: [2, 2])
private let one = Tensor([1], shape: [1])

@Suite struct ContrastiveTests {
    @Test func theRightPartnersCostLittle() async throws {
        await Engine.run {
            let right = contrastiveLoss(images: rows, texts: rows, logScale: one, targets: rows)
            // -log(exp e / (exp e + exp 0))
            #expect(abs(right.item - log(1 + exp(-expf(1)))) < 1e-5)
            let swapped = Tensor([0, 1, 1, 0], shape: [2, 2])
            let wrong = contrastiveLoss(images: rows, texts: rows, logScale: one, targets: swapped)
            #expect(abs(wrong.item - right.item - expf(1)) < 1e-5)
        }
    }

    @Test func severalPartnersShare() async throws {
        await Engine.run {
            let same = Tensor([1, 0, 1, 0], shape: [2, 2])
            let shared = Tensor([0.5, 0.5, 0.5, 0.5], shape: [2, 2])
            let loss = contrastiveLoss(images: same, texts: same, logScale: one, targets: shared)
            #expect(abs(loss.item - logf(2)) < 1e-5)
        }
    }

    @Test func sigmoidLossIsTheSumOfItsPairs() async throws {
        await Engine.run {
            let bias = Tensor([-2], shape: [1])
            let loss = sigmoidContrastiveLoss(
                images: rows, texts: rows, logScale: one, bias: bias, positives: rows)
            let (hit, miss) = (expf(1) - 2, Float(-2))
            let expected = (2 * log(1 + exp(-hit)) + 2 * log(1 + exp(miss))) / 2
            #expect(abs(loss.item - expected) < 1e-5)
        }
    }

    /// Sizes and placement: every cell of a picture reaches the result, and pictures do not mix.
    @Test func theConvolutionalTowerKeepsPicturesApart() async throws {
        await Engine.run {
            var c = ConvolutionalImageConfiguration()
            (c.imageSize, c.widths, c.heads) = (32, [8, 16, 16], 2)
            let model = ConvolutionalImageModel(ParameterStore(seed: 3, tracked: false).root, c)
            var random = SplitMix64(seed: 4)
            let pictures = random.normal([2, 32, 32, 3])
            let both = model(pictures)
            #expect(both.shape == [2, 16])
            let second = model(pictures.sliced(axis: 0, 1..<2))
            #expect(largestDifference(both.sliced(axis: 0, 1..<2), second) < 1e-5)
            #expect(largestDifference(both.sliced(axis: 0, 0..<1), second) > 1e-2)
        }
    }
}
