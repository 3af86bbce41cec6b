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

    /// A weight with all changes, in order, computed in f32 and kept in the weight's own type, or
    /// where that is packed in f16; the weight itself where nothing changes it.
    ///
    /// - Throws: `FileError` for a change of another shape.
    func adapted(_ stored: Tensor, parameter: String) throws(FileError) -> Tensor {
        guard !adapters.isEmpty, stored.type.isFloatingPoint,
            let dot = parameter.lastIndex(of: ".")
        else { return stored }
        let kind = parameter[parameter.index(after: dot)...]
        guard kind == "weight" || kind == "bias" else { return stored }
        let names = spellings.of(String(parameter[..<dot]))
        var changed: Tensor?
        for adapter in adapters {
            let current = changed ?? stored.cast(to: .f32)
            changed =
                try adapter.adapted(
                    current, component: component, spellings: names, isBias: kind == "bias")
                ?? changed
        }
        stored.storage.dropPages()
        guard let changed else { return stored }
        return try kept(Self.narrowed(changed, like: stored))
    }

    /// What was decoded from fewer bits would take twice as much memory in f32 as in f16.
    private static func narrowed(_ changed: Tensor, like stored: Tensor) -> Tensor {
        guard stored.storage.encoded != nil else { return changed.cast(to: stored.type) }
        let half = changed.cast(to: .f16)
        return half.firstNonFinite == nil ? half : changed
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
