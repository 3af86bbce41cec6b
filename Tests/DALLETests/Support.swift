import PinxitAutograd
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// The folder of a component of the fixture's model.
func folder(_ component: String) -> String { Fixture.path("tiny-dalle/\(component)") }

extension Tensor {
    /// PyTorch's `[batch, channels, height, width]` as `[batch, height, width, channels]`.
    var channelsLast: Tensor { permuted([0, 2, 3, 1]) }
}

/// Compares the gradient of every parameter that has one with PyTorch's.
func compare(
    _ loss: Tensor, _ parameters: [ParameterStore.Parameter], _ expected: Fixture,
    _ prefix: String
) throws {
    let found = gradients(of: loss, withRespectTo: parameters.map(\.tensor))
    for (parameter, gradient) in zip(parameters, found) {
        let key = "\(prefix)/\(parameter.name)"
        guard expected.keys.contains(key) else {
            #expect(gradient == nil, "\(parameter.name) has a gradient")
            continue
        }
        let gradient = try #require(gradient, "\(parameter.name) has no gradient")
        let difference = relativeDifference(gradient, expected[key])
        #expect(difference < 1e-4, "\(parameter.name): \(difference)")
    }
}
