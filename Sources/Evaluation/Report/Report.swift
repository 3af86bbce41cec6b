import PinxitDatasets
import PinxitFiles
import PinxitImages

/// Several painters side by side, each with the same prompts and seeds.
public struct Report: Sendable {
    let evaluator: Evaluator
    let reference: Reference
    /// The embedder's name; nil where there was none.
    let embedder: String?
    let models: [ModelReport]

    /// - Parameters:
    ///   - reference: What the models' findings were compared with, of one size for all.
    ///   - embedder: The embedder's name; nil where there was none.
    ///   - models: In the order of the columns.
    public init(
        evaluator: Evaluator, reference: Reference, embedder: String?, models: [ModelReport]
    ) {
        self.evaluator = evaluator
        self.reference = reference
        self.embedder = embedder
        self.models = models
    }

    /// Without dates and, but for the seconds a picture took, the same for the same models.
    public var json: JSONValue {
        .object([
            JSONMember("format", 1),
            JSONMember("compared_at", .integer(reference.size)),
            JSONMember("questions", .string(evaluator.questionnaire.fingerprint)),
            JSONMember("configuration", evaluator.configuration.json),
            JSONMember("evaluator", embedder.map { .string($0) } ?? .null),
            JSONMember("kernel_distance_of_real", reference.embedded?.floors?.json ?? .null),
            JSONMember("models", .array(models.map(\.json))),
        ])
    }

    /// A table for people: a line per figure, a column per painter.
    public var table: String {
        let rows = lines
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in
            2 + (rows.map { $0[column].count }.max() ?? 0)
        }
        return rows.map { aligned($0, widths: widths) }.joined(separator: "\n")
    }

    /// The same as Markdown.
    public var markdown: String {
        var rows = lines.map { "| " + $0.map(Self.escaped).joined(separator: " | ") + " |" }
        guard let columns = lines.first?.count else { return "" }
        rows.insert("|" + String(repeating: "---|", count: columns), at: 1)
        return rows.joined(separator: "\n") + "\n"
    }

    private static func escaped(_ cell: String) -> String {
        String(cell.flatMap { "|\\`*_<>[]".contains($0) ? ["\\", $0] : [$0] })
    }

    /// The fixed prompts with their first seed, a column for each painter; nil without prompts.
    public var grid: Picture? {
        let seeds = evaluator.configuration.gridSeeds.count
        let prompts = evaluator.configuration.gridPrompts.enumerated()
        return LabelledSheet(
            heads: models.map(\.name),
            rows: prompts.map { row, prompt in
                .init(
                    label: prompt,
                    pictures: models.map {
                        $0.paintings.grid[row * seeds].resized(
                            width: evaluator.pictureSize, height: evaluator.pictureSize,
                            filter: .bicubic)
                    })
            }
        ).draw()
    }

    /// Every figure that any painter has, with each painter's own; nil where it has none, as those
    /// that paint from words alone have none of pictures.
    var figureRows: [(row: FigureRow, own: [FigureRow?])] {
        let all = models.map(\.findings.rows)
        var seen: Set<[String]> = []
        return all.joined().filter { seen.insert([$0.title, $0.prompts]).inserted }.map { row in
            let own = all.map { rows in
                rows.first { ($0.title, $0.prompts) == (row.title, row.prompts) }
            }
            return (row, own)
        }
    }

    private var lines: [[String]] {
        guard let first = models.first else { return [] }
        var lines = [["", "prompts"] + models.map(\.name) + ["chance", "real"]]
        for (row, own) in figureRows {
            let painted = own.map { $0?.painted ?? "" }
            lines.append([row.title, row.prompts] + painted + [row.chance, row.real])
        }
        for (index, cost) in first.costs.enumerated() {
            let own = models.map { $0.costs[index].value }
            lines.append([cost.title, ""] + own + ["", ""])
        }
        return lines
    }
}
