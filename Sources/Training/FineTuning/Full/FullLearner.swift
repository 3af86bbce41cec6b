import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Full fine-tuning: all weights of the U-Net learn, and of text encoders if they are to; a new
/// model folder comes of it.
struct FullLearner: Learner {
    private let settings: FullSettings
    private let source: any LatentDiffusionSource
    private let learning: FullParameters

    init(_ settings: FullSettings, _ source: any LatentDiffusionSource) {
        (self.settings, self.source) = (settings, source)
        learning = FullParameters(settings)
    }

    var parameters: [ParameterStore.Parameter] { learning.parameters }

    /// The stage `finetune`.
    static func task(
        _ context: TrainingContext, _ optimisation: OptimisationSettings
    ) throws -> any PhasedTask {
        let settings = try FullSettings(context.settings.group("task"))
        let source = try FineTuningBase.source(context.model)
        try checkPlace(context)
        try checkMemory(context, source, settings, batch: optimisation.rowCount)
        return try FineTuningTask(
            context, optimisation, settings.common, source, FullLearner(settings, source))
    }

    static func check(_ s: SettingsReader) throws {
        _ = try FullSettings(s.group("task"))
        _ = try s.prompts()
    }

    func options(_ weights: [String: Tensor]?) -> LoadOptions {
        var options = LoadOptions()
        options.parameters = weights.map { FullParameters(settings, finished: $0) } ?? learning
        return options
    }

    /// The remarks have no place in a folder.
    func write(
        _ weights: [String: Tensor], of model: LatentDiffusion, remarks: [String: String],
        to path: String
    ) throws {
        try FineTunedFolder(source: source, path: path).write(FullParameters.components(weights))
    }

    /// Refuses a place where another model would be written over, such as that of the model itself.
    private static func checkPlace(_ context: TrainingContext) throws {
        guard context.ranks.isFirst else { return }
        let hasBegun = fileExists(context.folder.path(RunCheckpoint.fileName))
        let parts = ["model_index.json", "unet", "vae", "text_encoder", "text_encoder_2"]
        guard fileSize(context.output) == nil,
            hasBegun || !parts.contains(where: { fileExists(context.output.path($0)) })
        else {
            throw FileError(
                path: context.output,
                problem: "is there already, and not of this run; accepted: a new folder, which "
                    + "becomes the model that has learnt",
                access: .writing)
        }
        try context.origin?.check(
            "output", FineTuningBase.place(context.output), of: context.output,
            "is another place")
    }

    /// Refuses a model whose weights could not all learn here for want of memory. None is read.
    private static func checkMemory(
        _ context: TrainingContext, _ source: any LatentDiffusionSource, _ settings: FullSettings,
        batch: Int
    ) throws {
        let unet = try UNetConfiguration(source.component("unet").config)
        var count = ParameterStore.count { _ = UNet($0, unet) }
        for name in ["text_encoder", "text_encoder_2"]
        where settings.learns(name) && source.has(name) {
            let text = try CLIPTextConfiguration(source.component(name).config)
            count += ParameterStore.count { _ = CLIPTextModel($0, text) }
        }
        let scale = try FineTuningBase.latentScale(source)
        let samples = batch * (settings.common.prior == nil ? 1 : 2)
        let needed = TrainingMemory.least(
            parameters: count,
            samples: (samples, unet.numbersHeld(side: context.data.pictureSize / scale)),
            isShared: !context.ranks.isAlone)
        let available = Double(TrainingMemory.available)
        guard needed > available else { return }
        throw FileError(
            path: context.model,
            problem: "to learn all of its \(count) weights with \(samples) samples a step needs "
                + "more than \(TrainingMemory.gigabytes(needed)) of memory, and there is "
                + "\(TrainingMemory.gigabytes(available)); accepted: a smaller model, a smaller "
                + "optimisation.batch, or the stage lora")
    }
}
