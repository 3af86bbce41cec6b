import ArgumentParser
import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages

/// `pinxit plot "a red apple" --x steps=4,8,16 --y cfg=1..9[3]`: one sheet of many settings.
struct PlotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Paints a sentence with differing settings on one labelled sheet.",
        discussion: """
            An axis is NAME=VALUES: any option of a request by its name, sampler, seed, size, model, \
            or prompt, of which the first value is replaced by the others. Values are lists, and of \
            numbers ranges: 1-5, 1-10 (+3), 1..9[3]. Run again, it paints only what is missing. \
            plot.jsonl in the folder beside the sheet has a row a picture.
            """)

    @Argument(help: "What to paint.")
    var words: String = ""

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: "What to paint, in place of the argument.")
    var prompt: String?

    @Option(help: ArgumentHelp("What differs from column to column.", valueName: "name=values"))
    var x: String

    @Option(help: ArgumentHelp("What differs from row to row.", valueName: "name=values"))
    var y: String?

    @Option(help: ArgumentHelp("What differs from part to part.", valueName: "name=values"))
    var z: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The sheet, .png, .jpg or .webp (default: paintings/PROMPT-plot.png).",
            discussion: """
                The pictures lie in a folder of its name. A sheet that is given a name replaces \
                what is there; without it another sheet of the prompt gets the next number.
                """))
    var output: String?

    @OptionGroup var progress: ProgressArguments

    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments
    @OptionGroup var marks: MarkArguments

    func run() async throws {
        try await reportingErrors {
            guard prompt == nil || words.isEmpty else {
                throw UsageError("--prompt and \"\(words)\" are given; one of them is accepted")
            }
            let prompt = prompt ?? words
            let axes = PlotAxes(
                x: try PlotAxis(x, side: "--x"),
                y: try y.map { try PlotAxis($0, side: "--y") } ?? .none,
                z: try z.map { try PlotAxis($0, side: "--z") } ?? .none)
            let sheet = output ?? "paintings/\(OutputPattern.slug(prompt))-plot.png"
            guard let format = PictureFormat(name: sheet),
                let ending = format.extensions.first(where: sheet.lowercased().hasSuffix)
            else {
                throw UsageError(
                    "--output \(sheet): a name ending in .png, .jpg, .webp is accepted")
            }
            let folder = String(sheet.dropLast(ending.count))
            guard !folder.lastPathPart.isEmpty else {
                throw UsageError("--output \(sheet): a name before \(ending) is accepted")
            }
            try checkWritable(sheet)
            var request = try arguments.request(prompt: prompt)
            if request.seed == nil {
                // Every picture has the same, in the next run too.
                let ledger = try PictureLedger(folder: folder, name: Self.log)
                request.seed = try ledger.seed(of: "plot", asked: nil)
            }
            let jobs = try axes.jobs(request, model)
            let marks = try marks.marks
            let paths = try await BatchRun(
                jobs: jobs, folder: folder, log: Self.log, ending: ".png", marks: marks,
                progress: progress.kind, tells: false
            ).run()
            let made = axes.sheet(try paths.map { try Picture(file: $0[0]).rgb() })
            let picture = marks.put(on: made.picture)
            for warning in made.warnings { note("note: \(warning)") }
            let texts = texts(of: picture, marks, cells: paths.map { $0[0] })
            let bytes = try picture.encoded(as: format, texts: texts)
            let path = output ?? Self.place(for: bytes, folder, ending)
            try Picture.write(try marks.signed(bytes, carrying: texts), to: path)
            print(path)
        }
    }

    private static let log = "plot.jsonl"

    /// Where a sheet goes that nobody named: to itself if it was made before, never to another one.
    private static func place(for sheet: Data, _ stem: String, _ ending: String) -> String {
        /// Two signatures of the same are not the same.
        func holds(_ path: String) -> Bool {
            (try? readFile(path)).map { ContentCredentials.removed(from: Data($0)) } == sheet
        }
        var (path, attempt) = (stem + ending, 1)
        while fileExists(path), !holds(path) {
            attempt += 1
            path = "\(stem)-\(attempt)\(ending)"
        }
        return path
    }

    /// The models are named as the cells name them: what was typed may be a path.
    private func texts(
        of picture: Picture, _ marks: PictureMarks, cells: [String]
    ) -> [PNGText] {
        guard marks.hasMetadata else { return [] }
        var models: [String] = []
        for cell in cells {
            guard let model = try? CarriedSettings(file: cell).model, !models.contains(model)
            else { continue }
            models.append(model)
        }
        return [PNGText(key: "Description", text: prompt ?? words)]
            + marks.provenance(model: models.joined(separator: ", "), of: picture)
    }
}

/// The sides of a plot.
struct PlotAxes: Sendable {
    let x: PlotAxis
    let y: PlotAxis
    let z: PlotAxis

    /// A job for each cell, by parts, rows and columns.
    func jobs(_ request: PaintRequest, _ model: ModelArguments) throws -> [BatchJob] {
        guard x.values.count * y.values.count * z.values.count <= 10_000 else {
            throw UsageError("the axes make more than 10000 pictures; as many are accepted")
        }
        var jobs: [BatchJob] = []
        var before: [String: Int] = [:]
        for part in z.values {
            let one = try z.applied(part, to: (request, model.model))
            for row in y.values {
                let two = try y.applied(row, to: one)
                for column in x.values {
                    let cell = try x.applied(column, to: two)
                    let asked = try cell.request.json() + (cell.model ?? "")
                    var own = model
                    own.model = cell.model
                    let repetition = before[asked, default: 0]
                    before[asked] = repetition + 1
                    let places = [(x, column), (y, row), (z, part)].filter { !$0.0.name.isEmpty }
                    jobs.append(
                        try BatchJob(
                            number: jobs.count + 1, cell.request, own,
                            repetition: repetition,
                            members: zip(["x", "y", "z"], places).map {
                                JSONMember($0, .string("\($1.0.name)=\($1.1)"))
                            }))
                }
            }
        }
        return jobs
    }
}
