import ArgumentParser
import Pinxit
import PinxitImages

/// `pinxit edit PICTURE "a castle"`: image to image, inpainting, outpainting, instructions.
struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Changes a picture, or a part of it, and prints the paths of the results.",
        discussion: """
            A latent diffusion model is needed. With --mask or --extend what is not repainted comes \
            back untouched, and the result has the picture's own size unless --size is given. A \
            model that obeys instructions (instruct-pix2pix) is told what to change.
            """)

    @Argument(help: "A PNG, JPEG, WebP, GIF or BMP file.")
    var picture: String

    @Argument(help: "What it shall show, or what to do to it.")
    var words: [String] = []

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: "What it shall show, in place of the second argument.")
    var prompt: String?

    @Option(
        help: """
            How much is changed, above 0 to 1: little keeps the picture, 1 forgets it (default: \
            0.75; with a mask 1).
            """)
    var strength: Double?

    @Option(RequestOptions.resize)
    var resize: ResizeMode?

    @OptionGroup(title: "A part of the picture")
    var part: MaskArguments

    @OptionGroup(title: "A picture to follow")
    var control: ControlArguments

    @OptionGroup(title: "A picture as a prompt")
    var imagePrompt: ImagePromptArguments

    @Option(name: [.short, .long], help: "Pictures to paint.")
    var count = 1

    @OptionGroup var pictures: PictureArguments
    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments
    @OptionGroup var wording: WordingArguments
    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            let sentence = try sentence()
            let picture = try pictures.read(picture)
            var request = try arguments.request(
                prompt: sentence,
                source: try part.source(picture, self.picture, strength, pictures),
                count: count)
            request.diffusion.resize = resize
            try control.complete(
                &request, nets: try model.controlNets(), pictures,
                // What is beyond the edges is not in it.
                usual: part.extend == nil ? picture : nil)
            try imagePrompt.complete(&request, model.adapter, pictures)
            var run = PaintRun(
                requests: try wording.requests(request), model: model, output: output,
                usualOutput: OutputPattern.usual)
            run.notes = wording.notes(about: run.requests)
            run.showsTogether = output.grid && wording.wildcards != nil
            try await run.run()
        }
    }

    /// What was typed; words without quotes that are plainly one sentence are one.
    private func sentence() throws -> String {
        guard prompt == nil || words.isEmpty else {
            throw UsageError("--prompt and \"\(words[0])\" are given; one of them is accepted")
        }
        guard words.count > 1 else { return prompt ?? words.first ?? "" }
        guard let sentence = oneSentence(words) else {
            throw UsageError("one sentence is painted, not \(words.count): put it in quotes")
        }
        return sentence
    }
}

/// Which part of a picture is repainted.
struct MaskArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Repaint what is white in this picture, or transparent where it has transparency.",
            valueName: "file"))
    var mask: String?

    @Option(
        help: ArgumentHelp(
            """
            Repaint what these words of the caption name, such as "the dog": the model looks for it.
            """, valueName: "words"))
    var maskText: String?

    @Option(
        help: ArgumentHelp(
            """
            What all of the picture shows, for --mask-text (default: the prompt that its file \
            carries, or the words alone).
            """, valueName: "sentence"))
    var maskCaption: String?

    @Flag(help: "Repaint what is black instead, or with --mask-text everything else.")
    var invertMask = false

    @Option(help: "Pixels over which the mask's edge is softened (default: 4).")
    var maskBlur: Double?

    @Option(
        help: ArgumentHelp(
            """
            Paint the part around the mask alone, at the model's full size, with so many pixels of \
            its surroundings, such as 32.
            """, valueName: "padding"))
    var onlyMasked: Int?

    @Option(
        help: """
            What lies under the mask before: original, surroundings, noise or nothing (default: \
            original; with --extend surroundings).
            """)
    var fill: Mask.Fill?

    @Option(
        help: ArgumentHelp(
            "Paint beyond the edges (outpainting), such as left=128,right=128.",
            valueName: "sides"))
    var extend: String?

    /// What is painted from a picture.
    ///
    /// - Parameter file: The picture's.
    func source(
        _ picture: Picture, _ file: String, _ strength: Double?, _ pictures: PictureArguments
    ) throws -> PaintSource {
        guard mask != nil || maskText != nil || extend != nil else {
            try refuseAlone()
            return .image(picture, strength: strength)
        }
        let blur = maskBlur ?? 4
        guard Mask.blurs.contains(blur) else {
            throw UsageError("--mask-blur \(blur): 0 to 256 is accepted")
        }
        if let extend {
            guard mask == nil, maskText == nil, maskCaption == nil, !invertMask else {
                throw UsageError("--extend goes without --mask, --mask-text and --invert-mask")
            }
            let wider = try picture.extended(by: try Self.sides(extend), blur: blur)
            var own = Mask(wider.mask, blur: blur, fill: fill ?? .surroundings)
            own.padding = onlyMasked
            return .inpaint(wider.picture, own, strength: strength)
        }
        return .inpaint(
            picture,
            Mask(
                area: try area(file, pictures), isInverted: invertMask, blur: blur,
                padding: onlyMasked, fill: fill ?? .original), strength: strength)
    }

    private func area(_ file: String, _ pictures: PictureArguments) throws -> Mask.Area {
        guard let maskText else {
            guard maskCaption == nil else {
                throw UsageError("--mask-caption goes with --mask-text")
            }
            return .picture(try pictures.read(mask ?? ""))
        }
        guard mask == nil else { throw UsageError("--mask-text goes without --mask") }
        if let maskCaption { return .words(maskText, caption: maskCaption) }
        let carried = try? PictureInspection(file: file).settings?.request.prompt
        if let carried, Mask.phrase(maskText, in: carried) != nil {
            return .words(maskText, caption: carried)
        }
        note(
            "note: \"\(maskText)\" is looked for by these words alone; a --mask-caption that has "
                + "them, with all else the picture shows, finds it more surely")
        return .words(maskText)
    }

    private func refuseAlone() throws {
        for (name, isGiven) in [
            ("--mask-caption", maskCaption != nil), ("--invert-mask", invertMask),
            ("--mask-blur", maskBlur != nil),
            ("--only-masked", onlyMasked != nil), ("--fill", fill != nil),
        ] where isGiven {
            throw UsageError("\(name) goes with --mask, --mask-text or --extend")
        }
    }

    private static func sides(_ text: String) throws -> PictureMargins {
        var margins = PictureMargins()
        let places: [String: WritableKeyPath<PictureMargins, Int>] = [
            "left": \.left, "right": \.right, "top": \.top, "bottom": \.bottom,
        ]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let place = places[String(pair[0])], let size = Int(pair[1]),
                (1...4096).contains(size), margins[keyPath: place] == 0
            else {
                throw UsageError(
                    "--extend \(text): left, right, top and bottom, each once, with 1 to 4096 "
                        + "pixels are accepted, such as left=128,top=64")
            }
            margins[keyPath: place] = size
        }
        return margins
    }
}

extension Mask.Fill: ExpressibleByArgument {}
