import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages

/// Every painter in Models, or some of them.
extension EvaluateCommand {
    func evaluateAll() async throws {
        let settings = try settings()
        let request = PaintRequest(
            prompt: "", precision: precision)
        // Everything that can be wrong is looked at before the painting, which takes minutes.
        let folders = try ModelSearch.painters(models)
        let library = try SpriteLibrary(folder: dataset)
        let output = report!
        try makeFolder(output, for: "report.json")
        var sittings: [Sitting] = []
        for folder in folders {
            sittings.append(
                try Sitting(
                    painter: try await Painter(folder: folder), request: request, quiet: quiet))
        }
        let embedder = try await embedder(sittings.map(\.painter.folder))
        let evaluator = Evaluator(library: library, configuration: settings)
        let reference = try await evaluator.reference(
            size: settings.commonSize, embedder: embedder)
        var models: [ModelReport] = []
        for sitting in sittings {
            models.append(try await sitting.report(evaluator, reference))
        }
        try write(
            Report(
                evaluator: evaluator, reference: reference,
                embedder: self.evaluator.map { $0.lastPathPart }, models: models), to: output)
    }

    private func write(_ report: Report, to folder: String) throws {
        let page = folder + "/index.html"
        let (text, grid) = (try report.html(), report.grid)
        try Unfinished.whole {
            try writing {
                try JSONFile.write(report.json, to: folder + "/report.json")
                try AtomicFile.write(text, to: page)
                try AtomicFile.write(report.markdown, to: folder + "/table.md")
            }
            try grid?.write(to: folder + "/grid.png")
        }
        noteMissingFont()
        print(json ? report.json.encoded() : report.table)
        if !quiet { note("the page: \(page)") }
    }
}
