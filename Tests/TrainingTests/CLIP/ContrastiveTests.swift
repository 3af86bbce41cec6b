import Foundation
import PinxitAutograd
import PinxitCLIP
import PinxitTensors
import Testing

@testable import PinxitTraining

@Test("Equal captions are right partners of one another")
func targets() async {
    let values = await Engine.run { contrastiveTargets(["a", "b", "a"]).floats }
    #expect(values == [0.5, 0, 0.5, 0, 1, 0, 0.5, 0, 0.5])
    let among = await Engine.run { contrastiveTargets(["a", "b"], wrong: ["c", "b"]) }
    #expect(among.shape == [2, 4] && among.floats == [1, 0, 0, 0, 0, 0.5, 0, 0.5])
}

@Test("Wrong texts are choices of pictures alone, and harmless where a right text equals one")
func wrongTexts() async {
    let (value, alike, errors) = await Engine.run {
        let identity = Tensor([1, 0, 0, 1], shape: [2, 2])
        func loss(_ wrong: [Float]) -> Float {
            contrastiveLoss(
                images: identity, texts: identity, logScale: Tensor([0]), targets: identity,
                wrongTexts: Tensor(wrong, shape: [wrong.count / 2, 2])
            ).item
        }
        var random = SplitMix64(seed: 4)
        let inputs = [
            random.normal([3, 4]), random.normal([3, 4]), Tensor([0.3]), random.normal([2, 4]),
        ]
        let targets = contrastiveTargets(["a", "b", "b"])
        let error = gradientError(inputs) {
            contrastiveLoss(
                images: $0[0], texts: $0[1], logScale: $0[2], targets: targets, wrongTexts: $0[3])
        }
        // Texts of which one is right and wrong at once, moved as one.
        let texts = Tensor([0.6, 0.8], shape: [1, 2]).tracked()
        let doubled = contrastiveLoss(
            images: Tensor([0.6, 0.8], shape: [1, 2]), texts: texts, logScale: Tensor([0]),
            targets: Tensor([1], shape: [1, 1]), wrongTexts: texts)
        let moved = gradients(of: doubled, withRespectTo: [texts])[0]!.floats
        return (loss([0, 1]), moved, [error])
    }
    // Rows: log(2e + 1) - 1 where the wrong text is the right one's twin, log(e + 2) - 1 where it
    // is the other's; columns as without.
    let e = Float(M_E)
    let rows = (log(e + 2) + log(2 * e + 1) - 2) / 2
    #expect(abs(value - (rows + 0.31326) / 2) < 1e-4)
    #expect(alike.allSatisfy { abs($0) < 1e-6 })
    #expect(errors.allSatisfy { $0 < 5e-3 })
}

@Test("The contrastive losses have the values and gradients of their formulas")
func contrastiveLosses() async {
    let (softmax, sigmoid, errors) = await Engine.run {
        let identity = Tensor([1, 0, 0, 1], shape: [2, 2])
        let scale = Tensor([0])
        let softmax = contrastiveLoss(
            images: identity, texts: identity, logScale: scale, targets: identity)
        let sigmoid = sigmoidContrastiveLoss(
            images: identity, texts: identity, logScale: scale, bias: Tensor([0]),
            positives: identity)
        var random = SplitMix64(seed: 3)
        let inputs = [random.normal([3, 4]), random.normal([3, 4]), Tensor([0.3])]
        let targets = contrastiveTargets(["a", "b", "b"])
        let errors = [
            gradientError(inputs) {
                contrastiveLoss(images: $0[0], texts: $0[1], logScale: $0[2], targets: targets)
            },
            gradientError(inputs + [Tensor([-1])]) {
                sigmoidContrastiveLoss(
                    images: $0[0], texts: $0[1], logScale: $0[2], bias: $0[3],
                    positives: Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3]))
            },
        ]
        return (softmax.item, sigmoid.item, errors)
    }
    #expect(abs(softmax - 0.31326) < 1e-4)  // log(1 + exp(-1))
    #expect(abs(sigmoid - (0.31326 + 0.69315)) < 1e-4)  // + log 2 for the pair of similarity 0
    #expect(errors.allSatisfy { $0 < 5e-3 })
}
