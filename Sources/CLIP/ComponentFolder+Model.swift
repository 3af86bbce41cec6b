import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

extension ComponentFolder {
    /// Builds a model from the component's weights, which must be the model's: no more, no fewer, of its shapes.
    ///
    /// - Parameters:
    ///   - isStreamed: Whether weights are packed anew for every use; see ``Storage/isStreamed``.
    ///   - isQuantisable: Parameters that may be used as 8-bit levels; see ``Quantisation``.
    ///   - isIgnored: Keys that may be in the file without being parameters, such as tables of positions.
    ///   - renamed: The model's name for a key of the file.
    /// - Throws: `FileError` with the missing, unexpected and misshapen keys by name.
    public func model<Model>(
        variant: String? = nil, isStreamed: Bool = false,
        isQuantisable: (String) -> Bool = { _ in false },
        isIgnored: (String) -> Bool = { _ in false },
        renamed: (String) -> String = { $0 }, build: (Weights) -> Model
    ) throws(FileError) -> Model {
        let file = try weightsPath(variant: variant)
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in try Checkpoint.load(file) where !isIgnored(name) {
            tensor.storage.isStreamed = isStreamed
            tensor.storage.isQuantisable = isQuantisable(name)
            guard tensors.updateValue(tensor, forKey: renamed(name)) == nil else {
                throw FileError(
                    path: file, field: name, problem: "holds the same parameter as another key")
            }
        }
        return try verifiedModel(
            tensors, file: file, configuration: "\(path)config.json", build: build)
    }
}

/// Builds a model from tensors, which must be the model's: no more, no fewer, of its shapes.
///
/// - Parameters:
///   - file: Where they come from.
///   - configuration: The file with the model's sizes, if there is one.
///   - isIgnored: Keys that may be there without being parameters.
/// - Throws: `FileError` with the missing, unexpected and misshapen keys by name.
func verifiedModel<Model>(
    _ tensors: [String: Tensor], file: String, configuration: String?,
    isIgnored: (String) -> Bool = { _ in false }, build: (Weights) -> Model
) throws(FileError) -> Model {
    let tensors = tensors.filter { !isIgnored($0.key) }
    for (name, tensor) in tensors where !tensor.type.isFloatingPoint {
        throw FileError(
            path: file, field: name,
            problem: "holds \(tensor.type) numbers; f32, bf16 and f16 are accepted")
    }
    let store = ParameterStore(checkpoint: tensors)
    let model = build(store.root)
    do {
        try store.verify()
    } catch {
        throw FileError(
            path: file, problem: "does not fit \(configuration ?? "its own sizes"): \(error)")
    }
    return model
}
