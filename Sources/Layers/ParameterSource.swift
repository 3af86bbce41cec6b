import PinxitTensors

/// What gives components of a model that is being loaded their parameters: such as learn, or others
/// than the file has.
public protocol ParameterSource: Sendable {
    /// The store that a component is built from; nil for its weights as they are.
    ///
    /// - Parameters:
    ///   - component: The component's name, such as `unet`.
    ///   - weights: Those of its file, under the model's names.
    func store(of component: String, _ weights: [String: Tensor]) -> ParameterStore?
}
