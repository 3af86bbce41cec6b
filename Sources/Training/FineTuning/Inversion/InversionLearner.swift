import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// Textual inversion (Gal et al. 2022): the vectors that a new word stands for, one list for each
/// text encoder.
struct InversionLearner: Learner {
    private let settings: InversionSettings
    /// Parameters `[vectors, features]`, named as in the file.
    let store: ParameterStore

    var parameters: [ParameterStore.Parameter] { store.parameters }

    /// - Parameter text: The model's, which has the word that is the start.
    init(_ settings: InversionSettings, _ text: any TextConditioner, of path: String) throws {
        self.settings = settings
        store = ParameterStore(seed: 0)
        guard text.firstTokenizer?.tokens(settings.word).count != 1 else {
            throw FileError(
                path: path,
                problem: "has the word \"\(settings.word)\" already; accepted for task.word: one "
                    + "that it does not have, such as my-\(settings.word)")
        }
        let starts = text.vectors(of: settings.initialWord)
        guard !starts.isEmpty, starts.allSatisfy({ $0.shape[0] > 0 }) else {
            throw FileError(
                path: path, problem: "has no vectors of the word \"\(settings.initialWord)\"")
        }
        for (name, start) in zip(names(starts.count), starts) {
            let rows = (0..<settings.vectors).map { $0 % start.shape[0] }
            _ = store.root.parameter(
                name, [rows.count, start.shape[1]], .given(start.gathered(rows, type: .f32)),
                decays: true)
        }
    }

    /// The word itself as diffusers has it, or of SDXL as everybody has it.
    private func names(_ count: Int) -> [String] {
        count == 1 ? [settings.word] : ["clip_l", "clip_g"]
    }

    /// The stage `inversion`.
    static func task(
        _ context: TrainingContext, _ optimisation: OptimisationSettings
    ) throws -> any PhasedTask {
        try FineTuningBase.checkFile(context)
        let settings = try InversionSettings(context.settings.group("task"))
        let source = try FineTuningBase.source(context.model)
        let text = try LatentDiffusion.text(of: source)
        return try FineTuningTask(
            context, optimisation, settings.common, source,
            InversionLearner(settings, text, of: context.model))
    }

    static func check(_ s: SettingsReader) throws {
        _ = try InversionSettings(s.group("task"))
        _ = try s.prompts()
    }

    func options(_ weights: [String: Tensor]?) throws -> LoadOptions {
        let live = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.tensor) })
        var options = LoadOptions()
        options.embeddings = [
            try WordEmbedding(origin: settings.word, weights ?? live, word: settings.word)
        ]
        return options
    }

    var needsCaptions: Bool { settings.template.contains("{caption}") }

    func caption(_ own: String) -> String { settings.caption(own) }

    func write(
        _ weights: [String: Tensor], of model: LatentDiffusion, remarks: [String: String],
        to path: String
    ) throws {
        if !path.parentPath.isEmpty { try makeFolder(path.parentPath) }
        let metadata = remarks.merging(["format": "pt", WordEmbedding.wordKey: settings.word]) {
            $1
        }
        try Checkpoint.save(weights, to: path, metadata: metadata)
    }
}
