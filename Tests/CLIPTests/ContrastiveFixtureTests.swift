import PinxitAutograd
import PinxitCLIP
import PinxitTensors
import PinxitTestSupport
import Testing

/// Both losses against PyTorch, where some pictures have several right captions.
@Suite struct ContrastiveFixtureTests {
    @Test(arguments: ["softmax", "sigmoid"])
    func agreesWithTorch(name: String) async throws {
        try await Engine.run {
            let expected = try Fixture("contrastive.safetensors")
            let names =
                name == "softmax"
                ? ["images", "texts", "scale"]
                : ["images", "texts", "scale", "bias"]
            let inputs = names.map { expected[$0].tracked() }
            let loss =
                name == "softmax"
                ? contrastiveLoss(
                    images: inputs[0], texts: inputs[1], logScale: inputs[2],
                    targets: expected["targets"])
                : sigmoidContrastiveLoss(
                    images: inputs[0], texts: inputs[1], logScale: inputs[2], bias: inputs[3],
                    positives: expected["positives"])
            #expect(abs(loss.item / expected["\(name)/loss"].item - 1) < 1e-5)
            for (name, gradient) in zip(
                names.map { "\(name)/\($0)" }, gradients(of: loss, withRespectTo: inputs))
            {
                let gradient = try #require(gradient)
                #expect(relativeDifference(gradient, expected[name]) < 1e-4, "\(name)")
            }
        }
    }
}
