import PinxitAutograd
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// What a model brings to the training loop: its parameters, the losses of a step, and what to show
/// and keep.
///
/// Everything a step draws at random comes from its seed and number alone, so a resumed run repeats
/// exactly what an unbroken one would have done. Several ranks draw the same, and each takes its
/// samples' part: a loss is the mean over its own, and the mean over ranks is the batch's.
protocol PhasedTask: AnyObject {
    /// The tracked parameters, in the model's order.
    var parameters: [ParameterStore.Parameter] { get }

    /// The parts of a step, in their order.
    var phases: [TrainingPhase] { get }

    /// The parameters of each component of the model folder that this task trains, under the names
    /// they have there.
    var components: [String: [ParameterStore.Parameter]] { get }

    /// Whether a parameter may start afresh in a run that starts from a finished model without it.
    /// Usually not.
    func mayBeNew(_ parameter: String) -> Bool

    /// The loss of a phase on a step's batch, after the phases before it, with numbers worth a
    /// curve of their own.
    func loss(step: Int, phase: Int) throws -> (loss: Tensor, scalars: [String: Float])

    /// The loss of a phase with the gradients of its parameters; by default from one walk back over
    /// the loss's tape.
    ///
    /// - Parameter found: May be told of gradients that are whole while others are not, by their
    ///   place in the phase.
    func gradients(
        step: Int, phase: Int, found: (Int, Tensor) -> Void
    ) throws -> StepGradients

    /// Numbers of earlier steps that later ones tell again, by tag, which a run that goes on is to
    /// have too. Usually none; the tags are always the same.
    var remembered: [String: Float] { get set }

    /// Called when weights of another model, if any, have been taken over, before the first step.
    func started() throws

    /// Measures and pictures made with the averaged weights.
    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws

    /// Writes the finished component with the averaged weights.
    func export(weights: [String: Tensor]) throws
}

extension PhasedTask {
    /// Exports without an end in between: files of one step beside those of another are no model.
    func exportWhole(weights: [String: Tensor]) throws {
        try Unfinished.whole { try export(weights: weights) }
    }
}

/// A part of a step: some of the parameters are updated by a loss of their own.
struct TrainingPhase: Sendable {
    /// What its numbers are called in logs; empty for the only one.
    let name: String
    /// Which of the task's parameters it updates.
    let parameters: Range<Int>
    /// Its learning rate, in units of the step's.
    var rate: Float = 1

    func tag(_ number: String) -> String { name.isEmpty ? number : "\(name)/\(number)" }
}

/// What a phase of a step gave: its loss, the gradient of each of its parameters in their order,
/// and numbers worth a curve of their own.
struct StepGradients {
    /// One number, off its tape.
    var loss: Tensor
    /// Of each parameter of the phase, of its shape; nil where the loss does not depend on it.
    var gradients: [Tensor?]
    /// By tag.
    var scalars: [String: Float]
}

extension PhasedTask {
    /// Nothing is.
    var remembered: [String: Float] {
        get { [:] }
        set {}
    }

    /// No parameter may.
    func mayBeNew(_ parameter: String) -> Bool { false }

    /// Nothing is to be done.
    func started() throws {}

    /// The gradients from one walk back over the loss's tape.
    func gradients(
        step: Int, phase: Int, found: (Int, Tensor) -> Void
    ) throws -> StepGradients {
        try walkedBack(step: step, phase: phase, found: found)
    }

    /// The gradients from one walk back over the loss's tape.
    func walkedBack(
        step: Int, phase: Int = 0, found: (Int, Tensor) -> Void
    ) throws -> StepGradients {
        let (loss, scalars) = try loss(step: step, phase: phase)
        let targets = parameters[phases[phase].parameters].map(\.tensor)
        let all = PinxitAutograd.gradients(of: loss, withRespectTo: targets, found: found)
        return StepGradients(loss: loss.detached, gradients: all, scalars: scalars)
    }
}

/// A task whose step is one loss that updates every parameter.
protocol TrainingTask: PhasedTask {
    /// The loss of a step's batch, with numbers worth a curve of their own.
    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float])

    /// The loss with the gradient of every parameter; by default from one walk back over the loss's
    /// tape. See ``PhasedTask/gradients(step:phase:found:)``.
    func gradients(step: Int, found: (Int, Tensor) -> Void) throws -> StepGradients
}

extension TrainingTask {
    /// The only one.
    var phases: [TrainingPhase] {
        [TrainingPhase(name: "", parameters: parameters.indices)]
    }

    /// The loss of the step.
    func loss(step: Int, phase: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        try loss(step: step)
    }

    /// The gradients of the step.
    func gradients(
        step: Int, phase: Int, found: (Int, Tensor) -> Void
    ) throws -> StepGradients {
        try gradients(step: step, found: found)
    }

    /// The gradients from one walk back over the loss's tape.
    func gradients(step: Int, found: (Int, Tensor) -> Void) throws -> StepGradients {
        try walkedBack(step: step, found: found)
    }
}
