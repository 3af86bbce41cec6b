import Autograd
import Layers
import Tensors

/// What a model brings to the training loop: its parameters, the loss of a step, and what to show and keep.
///
/// Everything a step draws at random comes from its seed and number alone, so a resumed run repeats exactly what an
/// unbroken one would have done.
public protocol TrainingTask: AnyObject {
    /// The tracked parameters, in the model's order.
    var parameters: [ParameterStore.Parameter] { get }

    /// The parameters of each component of the model folder that this task trains, under the names they have there.
    var components: [String: [ParameterStore.Parameter]] { get }

    /// The loss of a step's batch, with numbers worth a curve of their own.
    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float])

    /// The loss with the gradient of every parameter; by default from one walk back over the loss's tape.
    func gradients(step: Int) throws -> StepGradients

    /// Measures and pictures made with the averaged weights.
    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws

    /// Writes the finished component with the averaged weights.
    func export(weights: [String: Tensor]) throws
}

/// What a step gave: its loss, the gradient of each parameter in their order, and numbers worth a curve of their own.
public struct StepGradients {
    public var loss: Tensor
    public var gradients: [Tensor?]
    public var scalars: [String: Float]
}

extension TrainingTask {
    public func gradients(step: Int) throws -> StepGradients { try walkedBack(step: step) }

    /// The gradients from one walk back over the loss's tape.
    func walkedBack(step: Int) throws -> StepGradients {
        let (loss, scalars) = try loss(step: step)
        let found = Autograd.gradients(of: loss, withRespectTo: parameters.map(\.tensor))
        return StepGradients(loss: loss.detached, gradients: found, scalars: scalars)
    }
}
