import PinxitFiles
import PinxitTensors

/// All adapters of a load as one component's weights meet them.
struct ComponentAdapters {
    private let adapters: [WeightAdapter]
    private let component: String
    private let spellings: ModuleSpellings
    private let scratch: ScratchFile?

    /// - Parameters:
    ///   - component: The component's folder name.
    ///   - shapes: Of all its parameters, by their names in the model.
    /// - Throws: `FileError` for an adapter of another family of models.
    init(
        _ options: LoadOptions, component: String, shapes: [String: Shape]
    ) throws(FileError) {
        adapters = options.adapters
        scratch = options.laysChangesInFile && !adapters.isEmpty ? try ScratchFile() : nil
        self.component = component
        spellings = ModuleSpellings(component: component, parameters: shapes.keys)
        guard component == "unet" else { return }
        let keys = shapes.first { $0.key.hasSuffix("attn2.to_k.weight") }?.value
        guard let context = keys?.dimensions.last else { return }
        for adapter in adapters {
            switch adapter.family {
            case nil, .stableDiffusion(context): continue
            case .some(let family):
                throw FileError(
                    path: adapter.origin,
                    problem: "is for \(family.title); this model is "
                        + AdapterFamily.stableDiffusion(context: context).title)
            }
        }
    }

    /// A weight with all changes, in order, computed in f32 and kept in the weight's own type; the
    /// weight itself where nothing changes it.
    ///
    /// - Throws: `FileError` for a change of another shape.
    func adapted(_ stored: Tensor, parameter: String) throws(FileError) -> Tensor {
        guard !adapters.isEmpty, stored.type.isFloatingPoint,
            let dot = parameter.lastIndex(of: ".")
        else { return stored }
        let kind = parameter[parameter.index(after: dot)...]
        guard kind == "weight" || kind == "bias" else { return stored }
        let changes = Changes(
            adapters: adapters, component: component,
            names: spellings.of(String(parameter[..<dot])), isBias: kind == "bias")
        let changed = try changes.made(to: stored)
        stored.storage.dropPages()
        guard let changed, changed.storage !== stored.storage else { return stored }
        if scratch == nil, stored.storage.encoded != nil { return changes.remade(to: stored) }
        return try kept(changed.cast(to: stored.type))
    }

    /// All changes of one weight.
    private struct Changes: Sendable {
        let adapters: [WeightAdapter]
        let component: String
        let names: [ModuleSpellings.Spelling]
        let isBias: Bool

        /// The weight with the changes, in f32; nil where there is none.
        func made(to stored: Tensor) throws(FileError) -> Tensor? {
            var changed: Tensor?
            for adapter in adapters {
                let current = changed ?? stored.cast(to: .f32)
                changed =
                    try adapter.adapted(
                        current, component: component, spellings: names, isBias: isBias)
                    ?? changed
            }
            return changed
        }

        /// What was decoded from fewer bits, with the changes: made anew when it is read, as it is
        /// decoded anew. Kept, it would take several times the memory of its file.
        func remade(to stored: Tensor) -> Tensor {
            let count = stored.byteCount
            let storage = Storage(byteCount: count, decodedFrom: stored.storage) { memory in
                guard let changed = try? made(to: stored) else {
                    preconditionFailure("what could be changed once cannot be again: \(stored)")
                }
                memory.copyMemory(from: changed.pointer, byteCount: count)
                withExtendedLifetime(changed) {}
            }
            return Tensor(storage: storage, shape: stored.shape, type: stored.type)
        }
    }

    /// The tensor, in a file where memory is to be saved.
    private func kept(_ tensor: Tensor) throws(FileError) -> Tensor {
        guard let scratch else { return tensor }
        let part = try scratch.store(
            UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
        withExtendedLifetime(tensor) {}
        guard let start = part.bytes.baseAddress else { return tensor }
        let storage = Storage(
            borrowing: UnsafeMutableRawPointer(mutating: start), byteCount: part.bytes.count,
            owner: part, isMapped: true)
        return Tensor(storage: storage, shape: tensor.shape, type: tensor.type)
    }
}
