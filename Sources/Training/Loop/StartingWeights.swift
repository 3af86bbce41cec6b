import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// A finished model whose weights a run starts from, in place of random ones.
struct StartingWeights {
    /// The model folder, in the diffusers layout.
    let folder: String
    /// The folder of the model to be trained, where its tokenizer may be another one.
    var model: String?

    /// Copies the weights of a component, such as `unet`, into parameters of the same names and
    /// shapes.
    ///
    /// - Parameter mayBeNew: Parameters that keep their random start where the component has none
    ///   of that name.
    /// - Throws: ``FileError`` with the parameters that the component lacks or has in another
    ///   shape, and those it has beside them.
    func copy(
        _ component: String, into parameters: [ParameterStore.Parameter],
        mayBeNew: (String) -> Bool = { _ in false }
    ) throws {
        let component = try Component(path: "\(folder)/\(component)")
        let tensors = try component.tensors()
        let store = ParameterStore(checkpoint: tensors)
        let vocabulary =
            parameters.contains { VocabularyChange.concerns($0.name) }
            ? try model.flatMap { model in
                try VocabularyChange(from: "\(folder)/tokenizer", to: "\(model)/tokenizer")
            } : nil
        for parameter in parameters
        where tensors[parameter.name] != nil || !mayBeNew(parameter.name) {
            let (name, shape) = (parameter.name, parameter.tensor.shape)
            let change = VocabularyChange.concerns(name) ? vocabulary : nil
            let wanted = change?.shape(before: shape) ?? shape
            let source = store.root.parameter(name, wanted, .constant(0), precise: true)
            // Said below, with all others.
            guard source.shape == wanted else { continue }
            let known = change?.rows(of: source) ?? source
            guard known.shape == shape else {
                throw FileError(
                    path: "\(model ?? folder)/tokenizer",
                    problem: "numbers \(known.shape[0]) tokens, the text tower \(shape[0]); one "
                        + "that goes with it is accepted")
            }
            parameter.tensor.overwrite(with: known)
        }
        do {
            try store.verify()
        } catch {
            throw FileError(
                path: try component.weightsPath(),
                problem: "cannot start a model of this configuration: \(error)")
        }
    }
}
