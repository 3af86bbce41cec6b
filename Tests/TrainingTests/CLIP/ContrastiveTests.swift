import PinxitAutograd
import PinxitCLIP
import PinxitTensors
import Testing

@testable import PinxitTraining

@Test("Equal captions are right partners of one another")
func targets() async {
    let values = await Engine.run { contrastiveTargets(["a", "b", "a"]).floats }
    #expect(values == [0.5, 0, 0.5, 0, 1, 0, 0.5, 0, 0.5])
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
