import PinxitFiles
import PinxitLayers
import PinxitTensors
import Synchronization

/// Changes to a model's weights that are made as they are loaded: a LoRA, or any of its kin.
///
/// Known kinds: LoRA and LoCon, with Tucker's form too; LoHa; LoKr; GLoRA; (IA)³; OFT and BOFT as
/// LyCORIS has them; full differences; norms; DoRA. Known dialects: kohya's with names of diffusers
/// or of the original code, LyCORIS', diffusers' old and new ones, PEFT's, OpenCLIP's text encoder.
///
/// A change is computed when its weight comes in, in f32, so that no more than one is in memory.
/// The adapter keeps count of what met a weight: once a model is loaded, ``verifyUse(notes:)``
/// names what did not, which is otherwise silently without effect. It serves one load.
public final class WeightAdapter: Sendable {
    /// Where the changes come from, for messages: usually a file.
    public let origin: String
    /// What changes of the U-Net are multiplied by.
    public let weight: Float
    /// What changes of text encoders are multiplied by.
    public let textWeight: Float
    /// The header's strings, where the file has some.
    public let metadata: [String: String]
    /// Whether what meets no weight is noted only.
    public let isPartial: Bool
    /// Words with vectors that the file brings along: textual inversions trained with the changes.
    public let words: [WordEmbedding]
    let modules: [ModuleName: AdapterModule]
    /// Keys and modules that cannot be used, with what is wrong.
    private let flaws: [String]
    private let unknown: [String]
    private let used = Mutex<Set<ModuleName>>([])

    /// Reads a file in any format of ``CheckpointFile/Format``.
    ///
    /// - Parameters:
    ///   - weight: What changes of the U-Net are multiplied by; 1 is as trained.
    ///   - textWeight: The same for text encoders; nil is as `weight`.
    ///   - isPartial: Whether what meets no weight is noted only.
    /// - Throws: `FileError` for a file that is wrong or changes nothing.
    public convenience init(
        file: String, weight: Float = 1, textWeight: Float? = nil, isPartial: Bool = false
    ) throws(FileError) {
        let contents = try CheckpointFile(path: file)
        try self.init(
            origin: file, try contents.tensors(), metadata: contents.metadata, weight: weight,
            textWeight: textWeight, isPartial: isPartial)
    }

    /// The same from tensors that have been read.
    ///
    /// - Parameters:
    ///   - origin: Where they come from, for messages.
    ///   - tensors: By their keys in any dialect.
    public init(
        origin: String, _ tensors: [String: Tensor], metadata: [String: String] = [:],
        weight: Float = 1, textWeight: Float? = nil, isPartial: Bool = false
    ) throws(FileError) {
        self.origin = origin
        self.weight = weight
        self.textWeight = textWeight ?? weight
        self.metadata = metadata
        self.isPartial = isPartial
        let peft = try PEFTSettings(metadata: metadata, file: origin)
        words = try BundledWords.words(in: tensors, file: origin)
        let own = tensors.filter { !BundledWords.isPart($0.key) }
        let read = try Self.read(own, peft, file: origin)
        (modules, flaws, unknown) = (read.modules, read.flaws, read.unknown)
        guard !modules.isEmpty || !words.isEmpty else {
            let keys = MismatchedCheckpoint.list((flaws + unknown).sorted())
            throw FileError(
                path: origin,
                problem: "changes no weight: no LoRA or kin of it is in it"
                    + (keys.isEmpty ? "" : " (\(keys))") + unreadKinds)
        }
    }

    private static func read(
        _ tensors: [String: Tensor], _ peft: PEFTSettings, file: String
    ) throws(FileError) -> (
        modules: [ModuleName: AdapterModule], flaws: [String], unknown: [String]
    ) {
        var modules: [ModuleName: AdapterModule] = [:]
        var unknown: [String] = []
        for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard let parsed = AdapterKey(key, isThere: { tensors[$0] != nil }) else {
                unknown.append(key)
                continue
            }
            let tensor = try checked(tensor, parsed.part, key, file)
            let name = ModuleName(spelling: parsed.module)
            var module = modules[name] ?? AdapterModule(spelling: parsed.module)
            guard module.parts.updateValue(tensor, forKey: parsed.part) == nil else {
                throw FileError(path: file, field: key, problem: "is there in two spellings")
            }
            module.configuredScale = peft.scale(of: parsed.module)
            modules[name] = module
        }
        let flawed = modules.compactMap { name, module in module.flaw.map { (name, $0) } }
        let flaws = flawed.map { "\(modules[$0.0]?.spelling ?? "") \($0.1)" }.sorted()
        for (name, _) in flawed { modules[name] = nil }
        return (modules, flaws, unknown)
    }

    /// The tensor, if it is of a type and shape for the part and all of its numbers are finite.
    private static func checked(
        _ tensor: Tensor, _ part: AdapterPart, _ key: String, _ file: String
    ) throws(FileError) -> Tensor {
        guard !part.isScalar || tensor.count == 1 else {
            throw FileError(
                path: file, field: key,
                problem: "has shape \(tensor.shape); one number is accepted")
        }
        if part.isScalar, let number = tensor.wholeNumber { return Tensor(number) }
        guard tensor.type.isFloatingPoint else {
            throw FileError(
                path: file, field: key,
                problem: "holds \(tensor.type) numbers; f32, bf16 and f16 are accepted")
        }
        try tensor.requireFinite(field: key, file: file)
        return tensor
    }

    /// What is known of the kinds of changes that were passed over, for messages.
    private var unreadKinds: String {
        let kinds = Set(unknown.compactMap(AdapterKey.unreadKind)).sorted()
        return kinds.isEmpty ? "" : "; not read here: \(kinds.joined(separator: ", "))"
    }

    /// The family of models it was made for, as far as it tells.
    var family: AdapterFamily? {
        AdapterFamily(modules.values.lazy.map { ($0.spelling, $0.inputWidth) })
    }

    /// A weight with its changes.
    ///
    /// - Parameter tensor: In f32.
    /// - Returns: Nil where nothing changes it.
    /// - Throws: `FileError` for a change of another shape.
    func adapted(
        _ tensor: Tensor, component: String, spellings: [ModuleSpellings.Spelling], isBias: Bool
    ) throws(FileError) -> Tensor? {
        let strength = component.hasPrefix("text_encoder") ? textWeight : weight
        for spelling in spellings {
            guard let module = modules[spelling.name], module.changes(bias: isBias) else {
                continue
            }
            used.withLock { _ = $0.insert(spelling.name) }
            do throws(ShapeProblem) {
                return isBias
                    ? try module.changed(bias: tensor, strength: strength, part: spelling.part)
                    : try module.changed(weight: tensor, strength: strength, part: spelling.part)
            } catch {
                let family = family.map { "; the file is for \($0.title)" } ?? ""
                throw FileError(
                    path: origin, field: module.spelling,
                    problem: "\(error.text); the weight's shape is \(tensor.shape)" + family)
            }
        }
        return nil
    }

    /// Makes every change of a small U-Net with such modules, whatever the result: for fuzzing.
    package func changeWeights() throws(FileError) {
        let names = ["mid_block.attentions.0.proj_in", "conv_in"]
        let shapes: [Shape] = [[4, 4], [4, 4, 3, 3]]
        var parameters: [String: Shape] = [:]
        for (name, shape) in zip(names, shapes) {
            parameters["\(name).weight"] = shape
            parameters["\(name).bias"] = [4]
        }
        let adapters = try ComponentAdapters(
            LoadOptions(adapters: [self]), component: "unet", shapes: parameters)
        for (name, shape) in parameters {
            _ = try adapters.adapted(.zeros(shape), parameter: name)
        }
    }

    /// Says what was passed over.
    ///
    /// - Parameter notes: Told of modules that are empty or lack a partner; of all that met no
    ///   weight where the adapter may be partial.
    /// - Throws: `FileError` that lists what met no weight of the model.
    public func verifyUse(notes: LoadNotes) throws(FileError) {
        if !flaws.isEmpty {
            notes.add("\(origin): left out: \(MismatchedCheckpoint.list(flaws))")
        }
        let used = used.withLock { $0 }
        let unused =
            unknown + modules.filter { !used.contains($0.key) }.map(\.value.spelling)
            + words.filter { !$0.isUsed }.map { BundledWords.prefix + $0.word }
        guard !unused.isEmpty else { return }
        let list = MismatchedCheckpoint.list(unused.sorted())
        let count = "\(unused.count) of \(modules.count + unknown.count + words.count)"
        let problem =
            "changes that meet no weight of the model, \(count): \(list)" + unreadKinds
        guard isPartial else {
            throw FileError(
                path: origin, problem: problem + (family.map { "; it is for \($0.title)" } ?? ""))
        }
        notes.add("\(origin): left out: \(problem)")
    }
}
