import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitSamplers
import PinxitTensors

/// `pinxit "a red apple"`: paints pictures.
struct PaintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paint",
        abstract: "Paints what a sentence says and prints the paths of the pictures.",
        discussion: """
            The settings are kept in each PNG file: as the text "parameters" that other programs \
            read, and exactly, as JSON, under "pinxit".
            """)

    @Argument(help: "What to paint; with --interpolate two sentences or more.")
    var prompts: [String]
    var prompt: String { prompts[0] }

    @Option(help: "The model's folder (default: $PINXIT_MODEL, or the only one in Models).")
    var model: String?

    @Option(name: [.short, .long], help: "What the picture should not show.")
    var negativePrompt = ""

    @Option(help: "Denoising steps (default: the model's).")
    var steps: Int?

    @Option(help: "How much the prompt is exaggerated; 1 is not at all (default: the model's).")
    var cfgScale: Double?

    @Option(
        name: [.short, .long], help: "0 to 4294967295 (default: chance). Picture i has seed + i.")
    var seed: String?

    @Option(help: "\(Sampler.accepted) (default: the model's).")
    var sampler: String?

    @Option(help: "WIDTHxHEIGHT in pixels (default: the model's).")
    var size: String?

    @Option(name: [.short, .long], help: "Pictures to paint.")
    var count = 1

    @Flag(help: "Also write all pictures on one sheet.")
    var grid = false

    @Option(help: Precision.help)
    var precision: String?

    @Option(
        help: "Guide only this part of the steps, such as 0.1-0.8; the others cost half (lossy).")
    var cfgInterval: String?

    @Option(help: "Evaluate the U-Net's deep levels only every so many steps (lossy).")
    var deepCache: Int?

    @Option(
        help: "Merge this part of self-attention's tokens at the largest maps, to 0.75 (lossy).")
    var tokenMerging: Double?
    @OptionGroup(title: "Models that draw tokens (DALL·E)")
    var tokens: TokenArguments
    @Option(help: "A GAN's noise is multiplied by this: less is more usual, less varied.")
    var truncation: Double?

    @Flag(help: "Paint the way from sentence to sentence with a GAN, as an animated PNG.")
    var interpolate = false

    @Option(help: "Frames of --interpolate from one sentence to the next.")
    var frames = 24

    @Option(
        help:
            "Decode with the autoencoder in this folder, such as a tiny one (TAESD): fast, lossy.")
    var decoder: String?

    @Option(help: "Also write what the picture looks like so far every so many steps.")
    var previews: Int?

    @Flag(help: "Keep the weights in their files: little memory, the same picture, slower steps.")
    var lowMemory = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file to write, .png or .jpg; {seed}, {index}, {date} and {slug} are filled in.",
            discussion: """
                A name without any of them is taken at its word and replaces a file that is there; \
                every other gets a number rather than replacing one.
                """))
    var output = OutputPattern.usual

    @Flag(help: "Print one JSON object instead of paths.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Times and peak memory on standard error.")
    var verbose = false

    @Flag(help: "Stop at the first number that is not finite and say where it came from.")
    var checkNumerics = false

    @Option(help: "Also write noise, latents and image of the first picture as safetensors.")
    var dumpLatents: String?

    func run() async throws {
        try await reportingErrors {
            let started = ContinuousClock.now
            let request = try request()
            let pattern = try OutputPattern(output)
            try pattern.checkWritable()
            let folder = try ModelSearch(option: model).folder()
            let painter = try await Painter(
                folder: folder, lowMemory: lowMemory, decoder: decoder)
            let loaded = (ContinuousClock.now - started) / .seconds(1)
            Interruption.watch()
            if interpolate {
                try await animate(request, pattern, painter)
                return
            }
            let report = PaintReport(
                pattern: pattern, model: painter.folder.name,
                request: try painter.resolved(request),
                quiet: quiet || !isTerminal(2))
            let painting = try await painter.paint(
                report.request, keepingTensors: dumpLatents != nil,
                checkingNumerics: checkNumerics, isLast: true,
                previewInterval: previews
            ) { try report.take($0) }
            try finish(painting, report)
            if verbose { report.explain(painting, loaded: loaded) }
        }
    }

    func validate() throws {
        guard prompts.count == 1 || interpolate else {
            throw ValidationError(
                "one sentence is painted, not \(prompts.count): put it in quotes, or use --interpolate"
            )
        }
        guard !interpolate || prompts.count > 1 else {
            throw ValidationError("--interpolate takes two sentences or more")
        }
    }

    /// Paints the frames between the prompts into one animated PNG.
    private func animate(
        _ request: PaintRequest, _ pattern: OutputPattern, _ painter: Painter
    ) async throws {
        let report = PaintReport(
            pattern: pattern, model: painter.folder.name, request: try painter.resolved(request),
            quiet: quiet || !isTerminal(2))
        let painting = try await painter.interpolate(
            report.request, to: Array(prompts.dropFirst()), frames: frames,
            checkingNumerics: checkNumerics
        ) { try report.follow($0) }
        try report.writeAnimation(painting, prompts: prompts)
        for warning in painting.warnings { note("note: \(warning)") }
        print(json ? try report.json(painting) : report.paths.joined(separator: "\n"))
    }

    /// Writes what belongs to all pictures, and prints.
    private func finish(_ painting: Painting, _ report: PaintReport) throws {
        if grid { try report.writeGrid(painting) }
        if let dumpLatents, let tensors = painting.pictures.first?.tensors {
            try dump(tensors, to: dumpLatents)
        }
        for warning in painting.warnings { note("note: \(warning)") }
        print(json ? try report.json(painting) : report.paths.joined(separator: "\n"))
    }

    private func request() throws -> PaintRequest {
        let size = try size.map { try PictureSize($0) }
        return PaintRequest(
            prompt: prompt, negativePrompt: negativePrompt, width: size?.width,
            height: size?.height,
            steps: steps, guidanceScale: cfgScale, seed: try parsedSeed(seed),
            sampler: try sampler.map(parsedSampler), count: count,
            precision: try precision.map { try Precision(option: $0) },
            guidanceInterval: try cfgInterval.map(parsedInterval), deepCacheInterval: deepCache,
            tokenMerging: tokenMerging,
            tokens: tokens.options,
            truncation: truncation)
    }
}
