import ArgumentParser
import Pinxit
import PinxitDatasets
import PinxitFiles
import PinxitImages

/// `pinxit compare "a red apple"`: every painter's picture of one sentence.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Paints a sentence with every painter, side by side, and prints the sheet's path.",
        discussion: """
            Every painter uses its own usual settings and the same seeds; pictures are shown at the \
            size of the largest, and the words below say at which they were painted.
            """)

    @Argument(help: "What to paint.")
    var prompt: String

    @Option(help: "These painters only, names or folders with commas between.")
    var models: String?

    @Option(name: RequestOptions.seed.names, help: "Of the first row; row i has seed + i.")
    var seed: UInt32 = 0

    @Option(name: [.short, .long], help: "Rows, one for each seed.")
    var count = 2

    @Option(
        name: [.short, .long],
        help: "The file to write, .png, .jpg or .webp; {seed}, {date} and {slug} are filled in.")
    var output = "paintings/{date}-{slug}-compared.png"

    @Flag(help: "Print one JSON object instead of the path.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var marks: MarkArguments
    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            guard (1...64).contains(count) else {
                throw UsageError("--count \(count): 1 to 64 is accepted")
            }
            let pattern = try OutputPattern(output)
            try pattern.check(prompt: prompt)
            let marks = try marks.marks
            let folders = try ModelSearch.painters(models)
            let columns = try await interruptible { [self] in
                var columns: [Column] = []
                for folder in folders { columns.append(try await paint(folder)) }
                return columns
            }
            let writer = PictureWriter(
                pattern: pattern, request: PaintRequest(prompt: prompt), marks: marks)
            let sheet = marks.put(on: sheet(columns))
            let models = columns.map(\.name).joined(separator: ", ")
            let words = marks.hasMetadata ? [PNGText(key: "Description", text: prompt)] : []
            try writer.write(
                sheet, seed: seed, index: 1,
                texts: words + marks.provenance(model: models, of: sheet))
            let path = writer.paths[0]
            let warnings = warnings(columns)
            if json {
                print(report(columns, path, warnings).encoded())
            } else {
                for warning in warnings { note("note: \(warning)") }
                if !isStandardOutput(path) { print(path) }
            }
        }
    }

    /// Each once, with the painters it is about where it is not about all.
    private func warnings(_ columns: [Column]) -> [String] {
        var texts: [String] = LabelFont.isFound ? [] : [LabelFont.missing]
        for text in columns.flatMap(\.warnings) where !texts.contains(text) { texts.append(text) }
        return texts.map { text in
            let about = columns.filter { $0.warnings.contains(text) }.map(\.name)
            return about.isEmpty || about.count == columns.count
                ? text : "\(about.joined(separator: ", ")): \(text)"
        }
    }

    private func report(_ columns: [Column], _ path: String, _ warnings: [String]) -> JSONValue {
        [
            "prompt": .string(prompt), "paths": [.string(path)],
            "painters": .array(columns.map { .string($0.name) }),
            "seeds": .array((0..<count).map { .integer(Int(seed &+ UInt32($0))) }),
            "warnings": .array(warnings.map { .string($0) }),
        ]
    }

    /// A painter and its pictures.
    private struct Column: Sendable {
        let name: String
        let pictures: [Picture]
        let warnings: [String]
    }

    private func paint(_ folder: String) async throws -> Column {
        let painter = try await Painter(folder: folder)
        if !quiet { note("\(painter.folder.name) paints") }
        let painting = try await painter.paint(
            PaintRequest(prompt: prompt, seed: seed, count: count), PaintOptions(isLast: true))
        return Column(
            name: painter.folder.name, pictures: painting.pictures.map { $0.picture.rgb() },
            warnings: painting.warnings)
    }

    /// A column for each painter, its name, size and seed below each picture.
    private func sheet(_ columns: [Column]) -> Picture {
        let rows = columns[0].pictures.count
        let side = columns.flatMap(\.pictures).map { max($0.width, $0.height) }.max()!
        let font = LabelFont()
        var pictures: [Picture] = []
        var labels: [Picture] = []
        for row in 0..<rows {
            let seed = seed &+ UInt32(row)
            for column in columns {
                let picture = column.pictures[row]
                let scale = Double(side) / Double(max(picture.width, picture.height))
                func scaled(_ length: Int) -> Int {
                    max(1, Int((Double(length) * scale).rounded()))
                }
                pictures.append(
                    picture.resized(
                        width: scaled(picture.width), height: scaled(picture.height),
                        filter: .bicubic))
                if let font {
                    let text = "\(column.name), \(picture.width)x\(picture.height), seed \(seed)"
                    labels.append(font.draw(text, width: side, lines: 2))
                }
            }
        }
        return ContactSheet.make(pictures, columns: columns.count, labels: labels)
    }
}
