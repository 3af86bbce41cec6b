import ArgumentParser
import Pinxit

/// `pinxit "a red apple"`: paints pictures.
struct PaintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paint",
        abstract: "Paints what a sentence says and prints the paths of the pictures.",
        discussion: """
            The settings are kept in each file: as the text "parameters" that other programs \
            read, and exactly, as JSON, under "pinxit"; in JPEG and WebP files as EXIF.
            """)

    @Argument(help: "What to paint; with --interpolate two sentences or more.")
    var prompts: [String] = []

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: "What to paint, in place of the argument.")
    var prompt: String?

    @Option(
        help: "Paint each line of this file; - is standard input, as a prompt - is too.")
    var promptsFile: String?

    @Option(
        help: ArgumentHelp(
            "Paint the picture in this file again, by the settings it carries.",
            discussion: """
                A prompt and options that are given besides take the place of its own. Pictures of \
                AUTOMATIC1111's web UI, ComfyUI, InvokeAI and Fooocus are read too; what cannot be \
                done as they did is told.
                """))
    var from: String?

    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments
    @OptionGroup var wording: WordingArguments

    @OptionGroup(title: "A picture to follow")
    var control: ControlArguments

    @OptionGroup(title: "A picture as a prompt")
    var imagePrompt: ImagePromptArguments

    @Option(name: [.short, .long], help: "Pictures to paint (default: 1).")
    var count: Int?

    @OptionGroup(title: "Models that draw tokens (DALL·E)")
    var tokens: TokenArguments

    @Option(RequestOptions.truncation)
    var truncation: Double?

    @Flag(
        name: [.customLong("interpolate"), .customLong("animate")],
        help: """
            Paint the way from sentence to sentence as an animated PNG; between two that are the \
            same, from seed to seed.
            """)
    var interpolate = false

    @Option(
        help: ArgumentHelp(
            "Also paint this sentence with the layout of the first one's picture.",
            discussion: "A sheet shows both side by side; see --layout-of.",
            valueName: "sentence"))
    var editWords: String?

    @Option(help: "Frames of --interpolate from one sentence to the next (default: 24).")
    var frames: Int?

    /// What users of other programs type, and what is not there.
    @Option(name: [.short, .customLong("init-img")], help: .hidden)
    var initImg: String?

    @OptionGroup(title: "A server elsewhere")
    var elsewhere: RemoteArguments

    @OptionGroup var pictures: PictureArguments
    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            if let server = try elsewhere.server() { return try await paint(on: server) }
            let carried = try from.map { try CarriedSettings(file: $0) }
            var (model, asked, notes) = (model, carried?.request, carried?.notes ?? [])
            if let carried {
                notes += try model.use(carried.foreignModel, of: from ?? "")
                if let request = asked, carried.program != "Pinxit", prompts.isEmpty, prompt == nil
                {
                    let found = try model.changes.withoutMissing(request.prompt)
                    asked?.prompt = found.prompt
                    notes += found.notes
                }
                notes += try carried.differences(
                    given: control.control, prompt: imagePrompt.imagePrompt,
                    complete: tokens.complete, pictures, of: from ?? "")
                model.useWhereNone(carried)
                try model.useWhereNone(carried.model, of: from ?? "")
                try model.requireParts(carried.parts, of: from ?? "")
                try model.changes.useWhereNone(carried.loras, of: from ?? "")
                try model.changes.words.useWhereNone(carried.embeddings, of: from ?? "")
            }
            var completed = self
            completed.model = model
            var run = PaintRun(
                requests: try completed.requests(asked, carried?.controls ?? []), model: model,
                output: output,
                usualOutput: OutputPattern.usual)
            if let carried, carried.program != "Pinxit" {
                run.foreign = ("--from \(from ?? "")", try request("", .text, nil))
            }
            run.notes =
                notes.map { "--from \(from ?? ""): \($0)" } + wording.notes(about: run.requests)
            // Choices of one sentence are requests of their own, and its pictures all the same.
            let isChosen = wording.wildcards != nil && promptsFile == nil && prompts != ["-"]
            run.showsTogether = editWords != nil || output.grid && isChosen
            try await run.run()
        }
    }

    /// A request for each sentence, or one for the way through them.
    ///
    /// - Parameters:
    ///   - carried: What `--from`'s picture asks for.
    ///   - controls: What it was held to.
    func requests(
        _ carried: PaintRequest?, _ controls: [CarriedControl]
    ) throws -> [PaintRequest] {
        if let initImg {
            throw UsageError(
                "-i \(initImg): pinxit edit \(initImg) \"…\" changes a picture, "
                    + "pinxit vary \(initImg) paints variations of it")
        }
        let sentences = try sentences(carried)
        guard !interpolate || editWords == nil else {
            throw UsageError("--edit-words goes without --interpolate")
        }
        guard interpolate else {
            if let frames { throw UsageError("--frames \(frames) goes with --interpolate") }
            let plain = try sentences.flatMap {
                try wording.requests(try request($0, .text, carried, controls))
            }
            guard let editWords else { return plain }
            return try edited(plain, editWords)
        }
        for (name, isGiven) in [
            ("--style", !wording.style.isEmpty), ("--styles", wording.styles != nil),
            ("--wildcards", wording.wildcards != nil), ("--grid", output.grid),
        ] where isGiven {
            throw UsageError("\(name) goes without --interpolate")
        }
        guard count == nil else {
            throw UsageError("--count is not for --interpolate; --frames says how many")
        }
        guard sentences.count > 1 else {
            throw UsageError("--interpolate takes two sentences or more")
        }
        let way = PaintSource.interpolation(Array(sentences.dropFirst()), frames: frames ?? 24)
        return [try request(sentences[0], way, carried, controls)]
    }

    /// The request, and the one for another sentence with the layout of its picture.
    private func edited(_ requests: [PaintRequest], _ words: String) throws -> [PaintRequest] {
        guard requests.count == 1, var first = requests.first,
            first.diffusion.layout.sentence == nil
        else { throw UsageError("--edit-words goes with one sentence, and without --layout-of") }
        // Both have one seed, whoever draws it.
        first.seed = first.seed ?? UInt32.random(in: 0...UInt32.max)
        var second = first
        second.prompt = words
        second.diffusion.layout.sentence = first.prompt
        first.diffusion.layout = LayoutOptions()
        return [first, second]
    }

    /// What was given to paint; words without quotes that are plainly one sentence are one.
    ///
    /// Not in `validate()`, which comes before options that are unknown are named.
    private func sentences(_ carried: PaintRequest?) throws -> [String] {
        let lines = promptsFile ?? (prompts == ["-"] ? "-" : nil)
        let given =
            [prompt.map { _ in "--prompt" }, promptsFile.map { _ in "--prompts-file" }]
            .compactMap(\.self) + (prompts.isEmpty ? [] : ["\"\(prompts[0])\""])
        guard given.count < 2 else {
            throw UsageError(
                "\(given.joined(separator: " and ")) are given; one of them is accepted")
        }
        if let prompt { return [prompt] }
        if let lines { return try PromptLines.read(lines) }
        if prompts.isEmpty, let carried { return [carried.prompt] }
        guard !prompts.isEmpty else {
            throw UsageError("what shall it paint? pinxit \"a red apple\" is accepted")
        }
        if interpolate || prompts.count == 1 { return prompts }
        guard let sentence = oneSentence(prompts) else {
            throw UsageError(
                "one sentence is painted, not \(prompts.count): put it in quotes, "
                    + "or use --interpolate")
        }
        return [sentence]
    }

    private func request(
        _ prompt: String, _ source: PaintSource, _ carried: PaintRequest?,
        _ controls: [CarriedControl] = []
    ) throws -> PaintRequest {
        var request = try arguments.request(prompt: prompt, source: source, count: count ?? 1)
        try control.complete(
            &request, nets: try model.controlNets(), pictures, carried: controls)
        try imagePrompt.complete(&request, model.adapter, pictures)
        request.tokens = try tokens.options(pictures)
        request.gan.truncation = truncation
        return carried.map { request.filled(from: $0) } ?? request
    }
}
