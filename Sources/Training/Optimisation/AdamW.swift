import FoundationEssentials
import PinxitLayers
import PinxitTensors

/// AdamW (Loshchilov & Hutter 2019) over a model's parameters, with clipping of the gradients'
/// common norm.
final class AdamW {
    private let parameters: [ParameterStore.Parameter]
    private(set) var first: [Tensor]
    private(set) var second: [Tensor]
    private let settings: OptimisationSettings

    /// An optimiser whose moments are zero.
    ///
    /// - Parameter settings: Of them the betas, epsilon, weight decay and clipping count.
    init(_ parameters: [ParameterStore.Parameter], _ settings: OptimisationSettings) {
        self.parameters = parameters
        self.settings = settings
        first = parameters.map { .zeros($0.tensor.shape) }
        second = parameters.map { .zeros($0.tensor.shape) }
    }

    /// Updates every parameter that has a gradient.
    ///
    /// - Parameters:
    ///   - gradients: One a parameter, of its shape in f32.
    ///   - rate: The step's learning rate.
    ///   - step: From 0.
    /// - Returns: The norm of all gradients together, before clipping.
    /// - Throws: ``NumericalFailure`` naming the first parameter whose gradient is not finite;
    ///   nothing is then changed.
    func update(_ gradients: [Tensor?], rate: Float, step: Int) throws -> Double {
        let own = gradients.reduce(0.0) { $0 + ($1.map { $0.norm * $0.norm } ?? 0) }.squareRoot()
        // Another kind of processor may round it otherwise, and so scale its gradients otherwise.
        let norm = settings.ranks.fromFirst([own])[0]
        guard norm.isFinite else { throw NumericalFailure(step: step, place: place(gradients)) }
        let scale = norm > Double(settings.clip) ? Float(Double(settings.clip) / norm) : 1
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = gradients[index] else { continue }
            parameter.tensor.adamW(
                gradient: gradient, m: first[index], v: second[index], rate: rate,
                beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
                weightDecay: parameter.decays ? settings.weightDecay : 0, step: step + 1,
                gradientScale: scale)
        }
        return norm
    }

    private func place(_ gradients: [Tensor?]) -> String {
        for (parameter, gradient) in zip(parameters, gradients)
        where gradient?.firstNonFinite != nil {
            return "the gradient of \(parameter.name)"
        }
        return "the gradients' norm"
    }
}

/// A number that stopped being one.
public struct NumericalFailure: Error, CustomStringConvertible {
    /// The step that could not be done, from 0.
    public let step: Int
    /// What was not finite first, as far as it is known.
    public let place: String
    /// What happened and what can be tried.
    public var description: String {
        "training stopped at step \(step): \(place) is not finite; a lower learning_rate or "
            + "\"precision\": \"f32\" can be tried, from the run's last checkpoint if it has one"
    }
}

extension NumericalFailure: LocalizedError {
    public var errorDescription: String? { description }
}
