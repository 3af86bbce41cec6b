import PinxitAutograd
import PinxitCLIPGAN
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// Penalties made of differences against PyTorch's exact double backward, `make_clipgan.py`.
@Suite struct GradientPenaltyTests {
    private struct Agreement {
        var value: Float
        var cosine: Double
        var error: Double
    }

    private func agreement(distance: Float, _ type: ElementType) throws -> Agreement {
        let expected = try Fixture("clipgan.safetensors")
        let own = expected.keys.filter { $0.hasPrefix("discriminator/") }
        let weights = own.map { (String($0.dropFirst("discriminator/".count)), expected[$0]) }
        let store = ParameterStore(
            checkpoint: Dictionary(uniqueKeysWithValues: weights), tracked: true)
        var c = DiscriminatorConfiguration()
        (c.widths, c.textSize, c.pictureSize) = ([8, 16, 16], 10, 16)
        (c.attentionSides, c.headSize) = ([8], 8)
        let discriminator = Discriminator(store.root, c)
        let text = expected["text"]
        let penalty = GradientPenalty(
            at: expected["pictures"], distance: distance,
            frozen: {
                discriminator.verdict(discriminator.features($0.cast(to: type)), text: text)
            },
            discriminator: {
                discriminator.verdict(
                    discriminator.features($0.cast(to: type)),
                    text: concatenate([text, text], axis: 0))
            })
        let found = gradients(
            of: penalty.loss, withRespectTo: store.parameters.map(\.tensor))
        var (product, ours, theirs, difference) = (0.0, 0.0, 0.0, 0.0)
        for (parameter, gradient) in zip(store.parameters, found) {
            let key = "penalty_gradient/\(parameter.name)"
            // Biases behind everything do not move the slope, and PyTorch says nothing of them.
            guard let gradient, expected.keys.contains(key) else { continue }
            for (a, b) in zip(gradient.floats, expected[key].floats) {
                let (a, b) = (Double(a), Double(b))
                product += a * b
                ours += a * a
                theirs += b * b
                difference += (a - b) * (a - b)
            }
        }
        return Agreement(
            value: penalty.value / expected["penalty"].item,
            cosine: product / (ours * theirs).squareRoot(),
            error: (difference / theirs).squareRoot())
    }

    /// In f32 what is left is the third derivative, h² / 6 of it, and rounding, 2⁻²⁴ |D| / h.
    @Test(arguments: [Float(0.01), 0.1])
    func isDoubleBackward(distance: Float) async throws {
        try await Engine.run {
            let found = try agreement(distance: distance, .f32)
            #expect(abs(found.value - 1) < 1e-4)
            #expect(found.cosine > 0.99999, "\(found)")
            #expect(found.error < 0.005, "\(found)")
        }
    }

    /// In bf16, as training computes it, a step of a whole unit still gives the same direction.
    @Test func isNearlyDoubleBackwardInHalfPrecision() async throws {
        try await Engine.run {
            let found = try agreement(distance: 1, .bf16)
            #expect(abs(found.value - 1) < 0.02, "\(found)")
            #expect(found.cosine > 0.99, "\(found)")
        }
    }
}
