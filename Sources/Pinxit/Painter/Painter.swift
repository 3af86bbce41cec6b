import PinxitCheckpoints
import PinxitTensors
import PinxitTokenizers
import Synchronization

/// Paints pictures with one model.
///
///     let painter = try await Painter(folder: "Models/pinxit-small")
///     let painting = try await painter.paint(PaintRequest(prompt: "a red apple"))
///     try painting.write(to: "apple.png")
public final class Painter: Sendable {
    /// The model it paints with.
    public let folder: ModelFolder
    /// What was found in the model's files that the user should know, such as weights that belong
    /// to nothing.
    public let notes: [String]
    /// What the model's weights are changed by.
    public let loras: [LoRA]
    /// The words it has learnt beside its own.
    public let embeddings: [TextualInversion]
    let family: any PaintingFamily
    /// The words that the model has been shown, by whatever taught it; nil where nothing says.
    let words: LearntWords?
    private let usedLoRAs: [UsedLoRA]
    private let usedEmbeddings: [(word: String, used: UsedEmbedding)]
    let setup: PainterSetup

    /// Loads a model: a folder with `model_index.json`, which says of which kind it is, or a
    /// checkpoint in one file (Stable Diffusion 1, 2 or XL).
    ///
    /// - Parameters:
    ///   - path: The model's folder or file.
    ///   - lowMemory: Whether weights stay in their files and are brought in for every use. The
    ///     pictures are the same; a step takes longer.
    ///   - decoder: The folder of an autoencoder in diffusers' layout, or a file of one, to decode
    ///     with in place of the model's own; a tiny one (TAESD) is faster, and gives not quite the
    ///     same picture. Only for latent diffusion.
    ///   - unet: The folder or file of a U-Net to denoise with in place of the model's own, such as
    ///     a distilled one. Only for latent diffusion.
    ///   - refiner: The folder or file of an SDXL refiner, which takes the last steps of every
    ///     picture: ``DiffusionOptions/refinerAt``. Only for SDXL.
    ///   - upscaler: The file of a network that enlarges pictures between two passes:
    ///     ``HiresUpscaler/model``. Only for latent diffusion.
    ///   - loras: What the weights are changed by, in order; only for latent diffusion. They are
    ///     merged once, so a step costs what it costs without.
    ///   - embeddings: Words learnt by textual inversion, for prompts and negative prompts; only
    ///     for latent diffusion.
    ///   - allowsPartialLoRAs: Whether what of a LoRA meets no weight is noted, not refused.
    ///   - controlNets: The folders or files of ControlNets and T2I-Adapters, which hold every
    ///     painting to a picture each: ``DiffusionOptions/controls``. Only for latent diffusion.
    ///   - imagePrompts: The files of an IP-Adapter, which lets every painting be like a picture:
    ///     ``DiffusionOptions/imagePrompt``. Only for latent diffusion.
    /// - Throws: `PaintError` or `FileError`, each naming the file and what would be accepted: for
    ///   a LoRA of another family of models too, or of other sizes.
    public convenience init(
        folder path: String, lowMemory: Bool = false, decoder: String? = nil, unet: String? = nil,
        refiner: String? = nil, upscaler: String? = nil, loras: [LoRA] = [],
        embeddings: [TextualInversion] = [], allowsPartialLoRAs: Bool = false,
        controlNets: [String] = [], imagePrompts: ImagePromptParts? = nil
    ) async throws {
        try await self.init(
            path,
            PainterSetup(
                isStreamed: lowMemory, allowsPartialLoRAs: allowsPartialLoRAs,
                replacements: Replacements(
                    decoder: decoder, unet: unet, refiner: refiner, upscaler: upscaler,
                    controlNets: controlNets, imagePrompts: imagePrompts)),
            loras: loras, embeddings: embeddings)
    }

    /// - Parameter packing: Told of the weights that are packed; nil uses what was packed before.
    init(
        _ path: String, _ setup: PainterSetup, loras: [LoRA] = [],
        embeddings: [TextualInversion] = [],
        packing: PackedCollection? = nil
    ) async throws {
        let folder = try ModelFolder(path)
        self.folder = folder
        self.loras = loras
        self.embeddings = embeddings
        self.setup = setup
        guard loras.isEmpty && embeddings.isEmpty || folder.pipeline.family == .diffusion else {
            throw PaintError.request(
                field: loras.isEmpty ? "embeddings" : "loras",
                problem: "only a latent diffusion model can take one")
        }
        var options = LoadOptions(
            isStreamed: setup.isStreamed,
            adapters: try loras.map { try $0.adapter(isPartial: setup.allowsPartialLoRAs) })
        options.packing = packing
        if let field = setup.replacements.firstField, !folder.pipeline.isStableDiffusion {
            throw PaintError.request(
                field: field, problem: "only a latent diffusion model can take one")
        }
        let learnt = try embeddings.map { try WordEmbedding(file: $0.file, word: $0.word) }
        options.embeddings = learnt + options.adapters.flatMap(\.words)
        words = folder.words?.taught(by: options)
        // A large file takes a second to digest: meanwhile the model is loaded.
        async let used = loras.map { try $0.used() }
        family = try await Engine.run { [options] in
            try folder.pipeline.load(folder, options, setup.replacements)
        }
        for adapter in options.adapters { try adapter.verifyUse(notes: options.notes) }
        for word in learnt { try word.verifyUse() }
        notes = options.notes.all
        usedEmbeddings = try zip(learnt, embeddings).map { ($0.word, try $1.used()) }
        usedLoRAs = try await used
    }

    /// The same model with other networks beside it.
    init(
        _ other: Painter, _ family: LatentDiffusionFamily, _ setup: PainterSetup, notes: [String]
    ) {
        (folder, loras, embeddings) = (other.folder, other.loras, other.embeddings)
        (usedLoRAs, usedEmbeddings) = (other.usedLoRAs, other.usedEmbeddings)
        words = other.words
        self.family = family
        self.setup = setup
        self.notes = other.notes + notes.filter { !other.notes.contains($0) }
    }

    /// The same model with other LoRAs, none for its own weights, which are then the file's to the
    /// bit: they are read again.
    ///
    /// The model at hand stays as it is, but for packed forms of its weights, which it makes again
    /// when it next paints; both take memory while both are held.
    /// - Throws: As loading does.
    public func with(loras: [LoRA]) async throws -> Painter {
        if let family = family as? LatentDiffusionFamily {
            await Engine.run { family.forgetPackedWeights() }
        }
        return try await Painter(folder.path, setup, loras: loras, embeddings: embeddings)
    }

    /// The request with everything filled in, checked against the model.
    ///
    /// - Throws: `PaintError.request` for what the model cannot do.
    public func resolved(_ request: PaintRequest) throws(PaintError) -> ResolvedRequest {
        try plan(request).request
    }

    private func plan(_ request: PaintRequest) throws(PaintError) -> PaintPlan {
        try request.check(for: folder.pipeline.family)
        var plan = try family.plan(
            request,
            CommonSettings(
                seed: request.seed ?? UInt32.random(in: 0...UInt32.max),
                count: request.source.count ?? request.count,
                precision: request.precision ?? .usual))
        plan.request.originalPrompt = request.originalPrompt
        plan.request.loras = usedLoRAs
        plan.request.parts = setup.replacements.used(upscales: plan.request.usesUpscaler)
        plan.request.embeddings = usedEmbeddings.filter { request.mayHave($0.word) }.map(\.used)
        return plan
    }

    /// Paints the pictures of a request, one after the other, and returns them all.
    ///
    /// Cancelling the task ends it within a layer of the network at hand, or at once while another
    /// request is being painted.
    /// - Throws: `PaintError.request` for what the model cannot do; `PaintError.notFinite`
    ///   for a picture that is none; `PaintError.numerics` if that is checked; `CancellationError`.
    public func paint(
        _ request: PaintRequest, _ options: PaintOptions = PaintOptions()
    ) async throws -> Painting {
        let pictures = Mutex<[PaintedPicture]>([])
        let summary = try await loop(request, options) { event in
            if case .picture(let picture) = event { pictures.withLock { $0.append(picture) } }
        }.run()
        return Painting(pictures: pictures.withLock { $0 }, summary: summary)
    }

    /// Paints the pictures of a request, one after the other, and tells of everything as it
    /// happens:
    ///
    ///     for try await event in painter.paint(request) {
    ///         if case .picture(let picture) = event {
    ///             try picture.write(to: "\(picture.number).png")
    ///         }
    ///     }
    ///
    /// What was told and not yet taken waits in the stream; painting does not wait for the reader.
    /// Leaving the loop, or cancelling its task, ends the painting within a layer of the network at
    /// hand. What may be thrown is as for the other form.
    public func paint(
        _ request: PaintRequest, _ options: PaintOptions = PaintOptions()
    ) -> AsyncThrowingStream<PaintEvent, any Error> {
        AsyncThrowingStream { continuation in
            let painting = Task {
                do {
                    _ = try await loop(request, options) { continuation.yield($0) }.run()
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in painting.cancel() }
        }
    }

    private func loop(
        _ request: PaintRequest, _ options: PaintOptions,
        tell: @escaping @Sendable (PaintEvent) -> Void
    ) async throws -> PaintLoop {
        try options.check(for: folder.pipeline.family)
        let plan = try plan(try await located(request))
        return PaintLoop(
            plan: plan, options: options, model: folder.name,
            warnings: notes + warnings(about: plan.request), tell: tell)
    }
}

extension ModelFolder.Pipeline {
    /// The family's loader. On the engine's thread.
    fileprivate func load(
        _ folder: ModelFolder, _ options: LoadOptions, _ replacements: Replacements
    ) throws -> any PaintingFamily {
        switch self {
        case .stableDiffusion, .stableDiffusionXL:
            try LatentDiffusionFamily(folder, options, replacements)
        case .unCLIP, .unCLIPVariations: try UnCLIPFamily(folder, options)
        case .dalle: try DALLEFamily(folder, options)
        case .clipGAN: try CLIPGANFamily(folder, options)
        }
    }
}
