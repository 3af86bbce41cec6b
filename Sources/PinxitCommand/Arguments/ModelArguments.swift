import ArgumentParser
import Pinxit
import PinxitFiles

/// Which model paints.
struct ModelArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: """
            The model's folder or single file, or its name in Models (default: $PINXIT_MODEL, or \
            pinxit-small).
            """
    )
    var model: String?

    @Option(
        name: [.customLong("vae"), .customLong("decoder")],
        help: ArgumentHelp(
            """
            Decode with the autoencoder in this folder or file; a tiny one (TAESD) is fast and \
            lossy.
            """, valueName: "path"))
    var vae: String?

    @Option(
        help: ArgumentHelp(
            "Denoise with the U-Net in this folder or file, such as a distilled one.",
            valueName: "path"))
    var unet: String?

    @Option(
        help: ArgumentHelp(
            "Let the SDXL refiner in this folder or file take the last steps.", valueName: "path"))
    var refiner: String?

    @Option(
        help: ArgumentHelp(
            "Enlarge with the network in this file between two passes (--hires).",
            valueName: "path"))
    var upscaler: String?

    @Option(
        help: ArgumentHelp(
            """
            Hold the painting to --control's picture by the ControlNet or T2I-Adapter in this folder \
            or file.
            """,
            discussion: """
                PATH:0.8 multiplies what it does, PATH:0.8:0:0.5 also takes it for the first half \
                of the steps only. May be repeated.
                """, valueName: "path"))
    var controlnet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Let the painting be like --image-prompt's picture by the IP-Adapter in this file.",
            discussion: "PATH:0.6 multiplies what it does.", valueName: "path"))
    var ipAdapter: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the IP-Adapter's image encoder (default: image_encoder beside it).",
            valueName: "folder"))
    var imageEncoder: String?

    @Flag(help: "Keep the weights in their files: little memory, the same picture, slower steps.")
    var lowMemory = false

    @OptionGroup var changes: LoRAArguments
    @OptionGroup var threads: ThreadArguments

    /// Takes the model that painted a picture, where none is named.
    ///
    /// - Parameters:
    ///   - name: Its name; nil where the picture does not say.
    ///   - file: The picture.
    mutating func useWhereNone(_ name: String?, of file: String) throws {
        guard model == nil, let name else { return }
        if let said = ModelSearch.environment, said.lastPathPart == name { return }
        guard let found = ModelSearch.found(name) else {
            throw PaintError.missingModel(
                path: "--from \(file)",
                problem: "was painted with the model \(name), which is not found here; "
                    + "--model with its path is needed")
        }
        model = found
    }

    /// Refuses to paint a picture again without what took the place of the model's own parts: where
    /// that lies the picture does not say.
    func requireParts(_ used: UsedParts, of file: String) throws {
        for (option, name, given) in [
            ("--vae", used.vae, vae), ("--unet", used.unet, unet),
            ("--refiner", used.refiner, refiner), ("--upscaler", used.upscaler, upscaler),
        ] {
            guard let name, given == nil else { continue }
            throw UsageError(
                "--from \(file): was painted with \(option) \(name); \(option) is needed again")
        }
    }

    /// - Parameters:
    ///   - ability: What the model must be able to do, where none is named.
    ///   - loras: What its weights are changed by.
    func painter(_ ability: ModelAbility = .text, loras: [LoRA] = []) async throws -> Painter {
        try await threads.apply()
        return try await Painter(
            folder: try ModelSearch(option: model, ability: ability).folder(), lowMemory: lowMemory,
            decoder: try vae.map { try ModelSearch.part($0, .autoencoder) },
            unet: try unet.map { try ModelSearch.part($0, .unet) },
            refiner: try refiner.map { try ModelSearch.named($0, by: "--refiner") },
            upscaler: try upscaler.map { try ModelSearch.part($0, .upscaler) }, loras: loras,
            embeddings: try changes.words.embeddings(), allowsPartialLoRAs: changes.loraPartial,
            controlNets: try controlNets().map(\.path), imagePrompts: try imagePrompts())
    }

    /// What sees pictures that are prompts.
    var adapter: IPAdapterArgument? { ipAdapter.map { IPAdapterArgument($0) } }

    private func imagePrompts() throws -> ImagePromptParts? {
        guard let adapter else {
            guard let imageEncoder else { return nil }
            throw UsageError("--image-encoder \(imageEncoder) goes with --ip-adapter")
        }
        return ImagePromptParts(
            adapter: try ModelSearch.part(adapter.path, .controlNet), encoder: imageEncoder)
    }

    /// What holds paintings to pictures.
    func controlNets() throws -> [ControlNetArgument] {
        try controlnet.map { try ControlNetArgument($0) }
    }

    /// What tells two painters apart, as it was typed.
    var identity: String {
        let usual = [
            model ?? "", vae ?? "", unet ?? "", refiner ?? "", upscaler ?? "",
            changes.lora.joined(separator: ","), changes.words.embedding.joined(separator: ","),
        ]
        // Behind the others, and only where they are given: ledgers of old have none.
        let beside = controlnet + [ipAdapter, imageEncoder].compactMap(\.self)
        return (usual + beside).joined(separator: "|")
    }
}
