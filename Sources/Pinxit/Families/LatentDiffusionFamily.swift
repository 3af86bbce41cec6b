import PinxitCheckpoints
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitUpscaling

/// Painting with latent diffusion: Stable Diffusion, and the models trained here in its layout.
struct LatentDiffusionFamily: PaintingFamily {
    let model: LatentDiffusion
    let settings: ModelSettings
    let refiner: LatentDiffusion?
    /// What enlarges pictures between two passes.
    let upscaler: Upscaler?
    var controlNets: [ControlNetwork]
    /// What sees pictures that are prompts.
    var prompter: PicturePrompter?
    let folder: ModelFolder

    /// - Parameter addedWidth: Features the U-Net is given beside the text; nil for none.
    init(
        _ folder: ModelFolder, _ options: LoadOptions,
        _ replacements: Replacements = Replacements(),
        addedWidth: Int? = nil
    ) throws {
        var model = try LatentDiffusion(
            folder.source, options, decoder: replacements.decoder, unet: replacements.unet,
            addedWidth: addedWidth)
        refiner = try replacements.refiner.map {
            try Self.refiner($0, of: model, options, decoder: replacements.decoder)
        }
        var usual = ModelSettings()
        if model.numberCount != nil { usual.guidanceScale = 5 }
        upscaler = try replacements.upscaler.map { try Upscaler(file: $0) }
        func adapt(to few: FewSteps) {
            (usual.steps, usual.guidanceScale) = (few.steps, few.guidanceScale)
            model.scheduler.adapt(to: few)
        }
        if let few = Self.fewSteps(folder, replacements, model) { adapt(to: few) }
        if folder.file == nil { usual = try ModelSettings(folder: folder.path, or: usual) }
        for adapter in options.adapters where adapter.weight > 0 {
            guard let few = FewSteps(adapter) else { continue }
            adapt(to: few)
            options.notes.add(
                "\(adapter.origin) is for few steps: unless you say otherwise, \(few.steps) of "
                    + "\(few.sampler.title) with guidance \(few.guidanceScale)")
        }
        controlNets = try Self.controlNets(replacements.controlNets, for: model, options)
        prompter = try replacements.imagePrompts.map { [model] in
            try PicturePrompter($0, for: model, options)
        }
        settings = usual
        self.model = model
        self.folder = folder
    }

    /// A second model that goes on with the first's latents.
    private static func refiner(
        _ path: String, of base: LatentDiffusion, _ options: LoadOptions, decoder: String?
    ) throws -> LatentDiffusion {
        let folder = try ModelFolder(path)
        guard folder.pipeline == .stableDiffusionXL else {
            throw PaintError.model(path: path, problem: "is no SDXL refiner")
        }
        let accepted = "an SDXL refiner is accepted"
        // Before gigabytes are read.
        if folder.source.has("text_encoder"), folder.source.has("text_encoder_2") {
            throw PaintError.model(
                path: path,
                problem: "is SDXL's base or a finetune of it, with two text encoders; \(accepted)")
        }
        guard base.numberCount != nil else {
            throw PaintError.request(
                field: "refiner",
                problem: "the model is no SDXL, whose latents a refiner goes on with")
        }
        guard base.scheduler.edm == nil else {
            throw PaintError.request(
                field: "refiner",
                problem: "the model's schedule is EDM's, which no refiner goes on with")
        }
        // LoRAs are for the first model.
        var own = LoadOptions(isStreamed: options.isStreamed, variant: options.variant)
        own.embeddings = options.embeddings
        let refiner = try LatentDiffusion(folder.source, own, decoder: decoder)
        guard refiner.numberCount == 5 else {
            throw PaintError.model(
                path: path, problem: "is told no aesthetic score; \(accepted)")
        }
        let fit = PartsFit(folder: path)
        try fit.equal(
            "channels the U-Net takes", refiner.denoiser.inChannels, "latent channels",
            refiner.latentChannels)
        try fit.equal(
            "latent channels", refiner.latentChannels, "first model's", base.latentChannels)
        try fit.equal("pixels a latent", refiner.scale, "first model's", base.scale)
        return refiner
    }

    /// How a distilled model wants to be sampled: by what its network, the name of what replaces
    /// it, its own name or its scheduler says.
    private static func fewSteps(
        _ folder: ModelFolder, _ replacements: Replacements, _ model: LatentDiffusion
    ) -> FewSteps? {
        if model.denoiser.isToldGuidance { return .toldGuidance }
        let names = [replacements.unet, folder.name].compactMap(\.self)
        let few = names.lazy.compactMap { FewSteps(name: $0.lastPathPart) }.first
        return few ?? FewSteps(model.scheduler)
    }

    var learntSide: Int? { model.usualSide }

    /// What it paints.
    var sizes: PaintedSizes { PaintedSizes(side: model.usualSide, step: model.scale) }

    /// Gives back the denoisers' packed weights. On the engine's thread.
    func forgetPackedWeights() {
        model.denoiser.forgetPackedWeights()
        refiner?.denoiser.forgetPackedWeights()
        for net in controlNets { net.forgetPackedWeights() }
        prompter?.adapter.forgetPackedWeights()
    }

    func plan(_ request: PaintRequest, _ common: CommonSettings) throws(PaintError) -> PaintPlan {
        let changed = try edit(request)
        let (resolved, settings) = try resolved(
            changed?.request ?? request, common, strength: changed?.edit.strength)
        return PaintPlan(request: resolved) { watch in
            try LatentDiffusionPainter(self, resolved, settings, watch, edit: changed?.edit)
        }
    }

    /// The request with everything filled in, whatever it starts from.
    ///
    /// - Parameter strength: How much of the way from noise is taken again where a picture is
    ///   changed.
    func resolved(
        _ request: PaintRequest, _ common: CommonSettings, strength: Double? = nil
    ) throws(PaintError) -> (ResolvedRequest, ResolvedRequest.Diffusion) {
        var settings = ResolvedRequest.Diffusion(
            request, self.settings, sampler: model.scheduler.sampler)
        settings.strength = strength
        settings.variation = try request.diffusion.noise.variation(of: request.source)
        if model.task == .instruction {
            settings.imageGuidanceScale = settings.imageGuidanceScale ?? 1.5
        } else if settings.imageGuidanceScale != nil {
            throw .request(
                field: RequestOptions.imageGuidanceScale.name,
                problem: "only a model that changes pictures by instruction has it")
        }
        try check(eta: settings)
        passOverSchedule(request, &settings)
        try check(model.scheduler, asked: request.diffusion.sampler, settings)
        let size = try sizes.checked(
            PictureSize(
                width: request.width ?? model.usualSide,
                height: request.height ?? model.usualSide))
        settings.refinerAt = try refinerAt(request.diffusion, settings)
        settings.conditions = try conditions(request.diffusion.conditions, size)
        settings.text = try text(request)
        settings.imagePrompt = try imagePrompt(request.diffusion.imagePrompt)
        settings.hires = try hires(request, settings, size)
        try checkControls(
            request.diffusion, of: request.source,
            [size, settings.hires?.size].compactMap(\.self))
        try checkSentences(request, settings.text, isTwofold: settings.hires != nil)
        let resolved = ResolvedRequest(
            request, common, width: size.width, height: size.height, .diffusion(settings))
        return (resolved, settings)
    }

    private func check(eta settings: ResolvedRequest.Diffusion) throws(PaintError) {
        guard let eta = settings.eta ?? settings.sampler.unusualEta else { return }
        let option = RequestOptions.eta
        guard settings.sampler.adding(0) != nil else {
            throw .request(field: option.name, problem: "\(settings.sampler) has no use for it")
        }
        guard option.accepts(eta) else {
            throw .request(field: option.name, problem: "\(eta) is not \(option.bounds.text)")
        }
    }

    /// Where the refiner takes over, checked for a step of each model.
    private func refinerAt(
        _ options: DiffusionOptions, _ settings: ResolvedRequest.Diffusion
    ) throws(PaintError) -> Double? {
        guard let refiner else {
            guard options.refinerAt == nil else {
                throw .request(
                    field: RequestOptions.refinerAt.name, problem: "the painter has no refiner")
            }
            return nil
        }
        try check(refiner.scheduler, asked: settings.sampler, settings)
        let share = options.refinerAt ?? 0.8
        var sampling = settings.sampling(.f32)
        for (model, part) in [(model, SamplingPlan.Part.until(share)), (refiner, .from(share))] {
            sampling.part = part
            guard sampling.plan(model.scheduler) == nil else { continue }
            throw .request(
                field: RequestOptions.refinerAt.name,
                problem: "\(share) leaves one of the models without a step of \(settings.steps)")
        }
        return share
    }

    /// Whether a schedule can be sampled as the settings say.
    ///
    /// - Parameter sampler: The one that is asked for in place of the schedule's own.
    func check(
        _ scheduler: SchedulerConfiguration, asked sampler: Sampler?,
        _ settings: ResolvedRequest.Diffusion
    ) throws(PaintError) {
        do {
            try scheduler.check(sampler)
        } catch {
            throw .model(error)
        }
        if let schedule = settings.schedule, !scheduler.takes(schedule, settings.sampler) {
            throw .request(
                field: RequestOptions.schedule.name,
                problem: scheduler.refusal(of: schedule, settings.sampler))
        }
        let entered = settings.strength.flatMap { scheduler.entering($0, settings.sampler) }
        let most = settings.sampler.mostSteps(entered ?? scheduler)
        guard (1...most).contains(settings.steps) else {
            throw .request(
                field: RequestOptions.steps.name,
                problem: "\(settings.steps) is not from 1 to \(most)")
        }
    }

    private func conditions(
        _ asked: PictureConditions, _ size: PictureSize
    ) throws(PaintError) -> ResolvedRequest.Diffusion.Conditions? {
        guard model.numberCount != nil else {
            guard asked.isEmpty else {
                throw .request(
                    field: Self.first(of: asked),
                    problem: "only SDXL is told sizes, cuts and scores")
            }
            return nil
        }
        let isScored = [model, refiner].contains { $0?.numberCount == 5 }
        guard isScored || (asked.aestheticScore == nil && asked.negativeAestheticScore == nil)
        else {
            throw .request(
                field: RequestOptions.aestheticScore.name,
                problem: "only an SDXL refiner is told a score")
        }
        return ResolvedRequest.Diffusion.Conditions(asked: asked, size: size)
    }

    /// The name of the first option that is given.
    private static func first(of asked: PictureConditions) -> String {
        var request = PaintRequest(prompt: "")
        request.diffusion.conditions = asked
        return RequestOptions.conditions.first { $0.isGiven(in: request) }?.name ?? "conditions"
    }
}
