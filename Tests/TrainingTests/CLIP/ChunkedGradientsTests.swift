import PinxitAutograd
import PinxitCLIP
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// A whole batch in chunks: the same loss and gradients, with uneven chunks and several right
/// partners.
@Suite struct ChunkedGradientsTests {
    private let batch = 8

    private func configuration() -> PinxitCLIPConfiguration {
        var image = ResidualImageConfiguration()
        (image.imageSize, image.widths, image.blocks, image.width) = (16, [8], [1], 16)
        return PinxitCLIPConfiguration(
            textKind: .bidirectional,
            text: CLIPTextConfiguration(
                vocabularySize: 20, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
                maxPositions: 6, activation: .gelu, projectionSize: 8, bosID: 18, eosID: 19,
                padID: 19),
            image: .residual(image), projectionSize: 8)
    }

    @Test(arguments: [
        (CLIPTask.Settings.Loss.softmax, 3), (.sigmoid, 3), (.softmax, 8), (.sigmoid, 1),
    ])
    func equalTheWholeBatch(kind: CLIPTask.Settings.Loss, chunk: Int) async {
        await Engine.run {
            let store = ParameterStore(seed: 1)
            let model = PinxitCLIPModel(store.root, configuration(), initialBias: -2)
            let weights = store.parameters.map { ($0.name, $0.tensor.detached) }
            let silent = PinxitCLIPModel(
                ParameterStore(checkpoint: Dictionary(uniqueKeysWithValues: weights)).root,
                configuration())
            var random = SplitMix64(seed: 2)
            let pictures = random.normal([batch, 16, 16, 3])
            let ids = Tensor(
                (0..<batch).flatMap { [18, Int32($0 % 5), Int32($0 % 3), 19] },
                shape: [batch, 4])
            let targets = contrastiveTargets((0..<batch).map { $0 % 5 })
            func embed(_ model: PinxitCLIPModel, _ samples: Range<Int>) -> [Tensor] {
                [
                    model.embed(pictures: pictures.sliced(axis: 0, samples)),
                    model.embed(ids: ids.sliced(axis: 0, samples), type: .f32),
                ]
            }
            func loss(_ places: [Tensor]) -> Tensor {
                kind == .softmax
                    ? contrastiveLoss(
                        images: places[0], texts: places[1], logScale: model.logScale,
                        targets: targets)
                    : sigmoidContrastiveLoss(
                        images: places[0], texts: places[1], logScale: model.logScale,
                        bias: model.bias,
                        positives: Tensor(
                            targets.floats.map { $0 > 0 ? 1 : 0 }, shape: targets.shape))
            }
            let parameters = store.parameters.map(\.tensor)
            let whole = loss(embed(model, 0..<batch))
            let expected = gradients(of: whole, withRespectTo: parameters)
            let found = chunkedGradients(
                batch: batch, chunk: chunk, parameters: parameters,
                embed: { embed($1 ? model : silent, $0) }, loss: loss)
            #expect(abs(found.loss.item / whole.item - 1) < 1e-6)
            let scale = expected.reduce(Float(0)) { largest, gradient in
                max(largest, gradient?.floats.map(abs).max() ?? 0)
            }
            for (index, parameter) in store.parameters.enumerated() {
                #expect(
                    (expected[index] == nil) == (found.gradients[index] == nil),
                    "\(parameter.name)")
                guard let a = expected[index], let b = found.gradients[index] else { continue }
                let own = a.floats.map(abs).max() ?? 0
                #expect(
                    largestDifference(a, b) < 1e-4 * max(own, 1e-3 * scale), "\(parameter.name)")
            }
        }
    }
}
