import ArgumentParser
import Pinxit
import PinxitFiles

/// What is written and told.
struct OutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file to write, .png, .jpg or .webp; {seed}, {index}, {date} and {slug} are filled in.",
            discussion: """
                A name without any of them is taken at its word and replaces a file that is there; \
                every other gets a number rather than replacing one. - is standard output, as PNG.
                """))
    var output: String?

    @Flag(help: "Also write all pictures on one sheet.")
    var grid = false

    @Option(help: "Also write what the picture looks like so far every so many steps.")
    var previews: Int?

    @Option(
        help: ArgumentHelp(
            """
            Also write into this folder why each picture came out as it did: a page, index.html, \
            and its pictures.
            """, valueName: "folder"))
    var explain: String?

    @Flag(help: "Print one JSON object instead of paths.")
    var json = false

    @OptionGroup var progress: ProgressArguments

    @Flag(name: [.short, .long], help: "Times and peak memory on standard error.")
    var verbose = false

    @Flag(help: "Stop at the first number that is not finite and say where it came from.")
    var checkNumerics = false

    @Option(help: "Also write noise, latents and image of the first picture as safetensors.")
    var dumpLatents: String?

    @OptionGroup var marks: MarkArguments

    /// Whether the picture goes to standard output.
    var isPiped: Bool { output == "-" }

    var options: PaintOptions {
        PaintOptions(
            keepingTensors: dumpLatents != nil, checkingNumerics: checkNumerics,
            previewInterval: previews,
            explaining: explain.map { _ in ExplainingOptions(pictureInterval: previews ?? 1) },
            isLast: true)
    }

    /// Standard output takes one picture, and nothing else.
    ///
    /// - Throws: `UsageError` where that is where pictures go, and more is asked for.
    func checkPiped(_ requests: [PaintRequest]) throws {
        guard isPiped else { return }
        guard requests.count == 1, requests[0].pictures == 1, !requests[0].isAnimation else {
            throw UsageError("--output -: one picture is accepted")
        }
        for (name, isGiven) in [
            ("--grid", grid), ("--json", json), ("--previews", previews != nil),
        ] where isGiven {
            throw UsageError("--output - goes without \(name)")
        }
        try refuseTerminal()
    }
}

/// - Throws: `UsageError` where standard output, to which a picture is to go, is a terminal.
func refuseTerminal() throws {
    guard !isTerminal(1) else {
        throw UsageError("--output -: standard output is a terminal; send it to a program")
    }
}
