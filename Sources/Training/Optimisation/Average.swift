import PinxitLayers
import PinxitTensors

/// An exponential moving average of a model's parameters, which samples better than the parameters
/// themselves.
///
/// The decay is warmed up, min(decay, (1 + step)/(10 + step)): a fixed one would remember the
/// random start for longer than a short run lasts.
final class Average {
    private let parameters: [ParameterStore.Parameter]
    private(set) var tensors: [Tensor]
    private let decay: Float

    /// Averages that are the parameters themselves at the start.
    ///
    /// - Parameter decay: How much of the average stays in a step, once warmed up.
    init(_ parameters: [ParameterStore.Parameter], decay: Float) {
        self.parameters = parameters
        self.decay = decay
        tensors = parameters.map { $0.tensor.copy() }
    }

    /// Moves the averages towards the parameters.
    ///
    /// - Parameter step: From 0.
    func update(step: Int) {
        let decay = min(self.decay, Float(1 + step) / Float(10 + step))
        for (average, parameter) in zip(tensors, parameters) {
            average.average(towards: parameter.tensor, decay: decay)
        }
    }

    /// The averages by parameter name, as a checkpoint holds them.
    var weights: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), tensors))
    }
}
