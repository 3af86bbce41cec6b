import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Changes of low rank (LoRA, Hu et al. 2021).
struct LoRALearner: Learner {
    private let settings: LoRASettings
    private let adapters: LoRAAdapters
    /// See ``LoRAFile/original``.
    private let original: LDMNames?

    var parameters: [ParameterStore.Parameter] { adapters.store.parameters }

    init(_ settings: LoRASettings, seed: UInt64, original: LDMNames?) {
        (self.settings, self.original) = (settings, original)
        adapters = LoRAAdapters(ParameterStore(seed: seed), settings)
    }

    /// The stage `lora`.
    static func task(
        _ context: TrainingContext, _ optimisation: OptimisationSettings
    ) throws -> any PhasedTask {
        try FineTuningBase.checkFile(context)
        let settings = try LoRASettings(context.settings.group("task"))
        let source = try FineTuningBase.source(context.model)
        let unet = try source.component("unet")
        let isXL = try UNetConfiguration(unet.config).textTime != nil
        return try FineTuningTask(
            context, optimisation, settings.common, source,
            LoRALearner(
                settings, seed: optimisation.seed,
                original: isXL ? LDMNames(try unet.tensors().keys) : nil))
    }

    static func check(_ s: SettingsReader) throws {
        _ = try LoRASettings(s.group("task"))
        _ = try s.prompts()
    }

    func options(_ weights: [String: Tensor]?) -> LoadOptions {
        var options = LoadOptions()
        options.lowRank =
            weights.map { LoRAAdapters(ParameterStore(checkpoint: $0), settings) } ?? adapters
        return options
    }

    func write(
        _ weights: [String: Tensor], of model: LatentDiffusion, remarks: [String: String],
        to path: String
    ) throws {
        try LoRAFile(
            settings: settings, isXL: model.denoiser.numberWidth != nil,
            contextWidth: model.denoiser.textWidth, original: original,
            remarks: remarks
        ).write(weights, to: path)
    }
}
