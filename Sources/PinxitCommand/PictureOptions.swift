import ArgumentParser
import Pinxit
import PinxitImages
import PinxitSamplers

/// What commands that paint from pictures have in common.
struct PictureOptions: ParsableArguments {
    @Option(
        help: "The model's folder, an unCLIP (default: $PINXIT_MODEL, or the only one in Models).")
    var model: String?

    @Option(help: "Words beside the picture.")
    var prompt = ""

    @Option(help: "Noise on what is seen of the picture, 0-999: the more, the freer.")
    var noiseLevel = 0

    @Option(help: "Denoising steps (default: the model's).")
    var steps: Int?

    @Option(help: "How much the picture is exaggerated; 1 is not at all (default: the model's).")
    var cfgScale: Double?

    @Option(name: [.short, .long], help: "0 to 4294967295 (default: chance).")
    var seed: String?

    @Option(help: "\(Sampler.accepted) (default: the model's).")
    var sampler: String?

    @Option(help: Precision.help)
    var precision: String?

    @Flag(help: "Also write all pictures on one sheet.")
    var grid = false

    @Option(
        name: [.short, .long],
        help: "The file to write, .png or .jpg; {seed}, {index}, {date} and {slug} are filled in.")
    var output = "paintings/{date}-{slug}-{seed}-{index}.png"

    @Flag(help: "Print one JSON object instead of paths.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @Option(help: "Also write noise, latents and image of the first picture as safetensors.")
    var dumpLatents: String?

    func request(count: Int) throws -> PaintRequest {
        PaintRequest(
            prompt: prompt, steps: steps, guidanceScale: cfgScale, seed: try parsedSeed(seed),
            sampler: try sampler.map(parsedSampler), count: count,
            precision: try precision.map { try Precision(option: $0) })
    }

    /// Paints and writes what a command asks for, and prints the paths.
    func paint(
        count: Int,
        _ body: (Painter, PaintRequest, @escaping @Sendable (PaintProgress) throws -> Void)
            async throws -> Painting
    ) async throws {
        let request = try request(count: count)
        let pattern = try OutputPattern(output)
        try pattern.checkWritable()
        let painter = try await Painter(folder: try ModelSearch(option: model).folder())
        Interruption.watch()
        let report = PaintReport(
            pattern: pattern, model: painter.folder.name, request: try painter.resolved(request),
            quiet: quiet || !isTerminal(2))
        let painting = try await body(painter, report.request) { try report.take($0) }
        if grid { try report.writeGrid(painting) }
        if let dumpLatents, let tensors = painting.pictures.first?.tensors {
            try dump(tensors, to: dumpLatents)
        }
        for warning in painting.warnings { note("note: \(warning)") }
        print(json ? try report.json(painting) : report.paths.joined(separator: "\n"))
    }
}
