import PinxitFiles
import PinxitLayers
import PinxitTensors

extension Component {
    /// Builds a model from the component's weights, which must be there, of its shapes; what is
    /// there beside them is noted. The one place where adapters meet weights.
    ///
    /// - Parameters:
    ///   - isQuantisable: Parameters that may be used as 8-bit levels; see ``Quantisation``.
    ///   - isIgnored: Keys that may be in the file without being parameters, such as tables of
    ///     positions.
    ///   - renamed: The model's name for a key of the file.
    /// - Throws: `FileError` with the missing and misshapen keys by name.
    public func model<Model>(
        _ options: LoadOptions = LoadOptions(),
        isQuantisable: (String) -> Bool = { _ in false },
        isIgnored: (String) -> Bool = { _ in false },
        renamed: (String) -> String = { $0 }, build: (Weights) -> Model
    ) throws(FileError) -> Model {
        let file = try weightsPath(variant: options.variant)
        let stored = try tensors(variant: options.variant).filter { !isIgnored($0.key) }
        let adapters = try ComponentAdapters(
            options, component: self.name,
            shapes: Dictionary(stored.map { (renamed($0.key), $0.value.shape) }) { $1 })
        let shelf = try packedFile(of: file, stored, options)
        var parameters: [String: Tensor] = [:]
        for (key, stored) in stored {
            let name = renamed(key)
            let tensor = try adapters.adapted(stored, parameter: name)
            tensor.storage.isStreamed = options.isStreamed
            tensor.storage.isQuantisable = isQuantisable(name)
            if let shelf, tensor.storage === stored.storage {
                tensor.storage.put(on: shelf, as: name)
            }
            guard parameters.updateValue(tensor, forKey: name) == nil else {
                throw FileError(
                    path: file, field: key, problem: "holds the same parameter as another key")
            }
        }
        let component = name
        var lowRank: ((String, Tensor) -> LowRank?)?
        if let source = options.lowRank {
            lowRank = { source.change(of: "\(component).\($0)", $1) }
        }
        return try verifiedModel(
            parameters, file: file, configuration: config.file, notes: options.notes,
            lowRank: lowRank, store: { options.parameters?.store(of: component, $0) },
            build: build)
    }
}

extension Component {
    /// Where packed forms of its weights lie or go.
    private func packedFile(
        of weights: String, _ tensors: [String: Tensor], _ options: LoadOptions
    ) throws(FileError) -> PackedFile? {
        guard let packing = options.packing else {
            return PackedFile(of: name, in: weights, tensors, notes: options.notes)
        }
        return try packing.file(of: name, in: weights, tensors)
    }
}

/// Builds a model from tensors, which must be there, of the model's shapes.
///
/// - Parameters:
///   - file: Where they come from.
///   - configuration: The file with the model's sizes, if there is one.
///   - notes: Told of tensors that are no parameters.
///   - lowRank: See ``ParameterStore/lowRank``.
///   - store: The store that the model is built from; nil for one of the tensors as they are.
///   - isIgnored: Keys that may be there without being parameters.
/// - Throws: `FileError` with the missing and misshapen keys by name.
public func verifiedModel<Model>(
    _ tensors: [String: Tensor], file: String, configuration: String?, notes: LoadNotes,
    lowRank: ((String, Tensor) -> LowRank?)? = nil,
    store: ([String: Tensor]) -> ParameterStore? = { _ in nil },
    isIgnored: (String) -> Bool = { _ in false }, build: (Weights) -> Model
) throws(FileError) -> Model {
    let tensors = tensors.filter { !isIgnored($0.key) }
    let (numbers, others) = (
        tensors.filter { $0.value.type.isFloatingPoint },
        tensors.filter { !$0.value.type.isFloatingPoint }
    )
    let store = store(numbers) ?? ParameterStore(checkpoint: numbers)
    store.lowRank = lowRank
    let model = build(store.root)
    for parameter in store.parameters {
        guard let other = others[parameter.name] else { continue }
        throw FileError(
            path: file, field: parameter.name,
            problem: "holds \(other.type) numbers; f32, bf16 and f16 are accepted")
    }
    do {
        let unused = (try store.verifyParameters() + others.keys).sorted()
        if !unused.isEmpty {
            notes.add(
                "\(file): left out, the network has no such parameters: "
                    + MismatchedCheckpoint.list(unused))
        }
    } catch {
        throw FileError(
            path: file, problem: "does not fit \(configuration ?? "its own sizes"): \(error)")
    }
    return model
}
