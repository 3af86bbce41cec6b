import PinxitCheckpoints
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// What is learnt of or beside a model, which itself stays, and is written to a place of its own.
protocol Learner {
    /// What learns; whole once a model has been loaded with ``options(_:)``.
    var parameters: [ParameterStore.Parameter] { get }

    /// How a model is loaded that has what is learnt.
    ///
    /// - Parameter weights: Finished ones, as parameters are named; nil for those that learn.
    func options(_ weights: [String: Tensor]?) throws -> LoadOptions

    /// Whether pictures must have captions of their own.
    var needsCaptions: Bool { get }

    /// A picture's caption as the model is given it.
    func caption(_ own: String) -> String

    /// Writes what was learnt: a file, whole or not at all, or a model's folder.
    ///
    /// - Parameter remarks: What a file tells of the run, in kohya's words (`ss_…`).
    func write(
        _ weights: [String: Tensor], of model: LatentDiffusion, remarks: [String: String],
        to path: String
    ) throws
}

extension Learner {
    /// They must.
    var needsCaptions: Bool { true }

    /// The picture's own.
    func caption(_ own: String) -> String { own }
}
