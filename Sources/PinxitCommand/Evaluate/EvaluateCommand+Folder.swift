import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages

/// Folders of anybody's captioned pictures.
extension EvaluateCommand {
    func evaluateFolder() async throws {
        let settings = try settings(ofFolder: true)
        guard let evaluatorName = evaluator else {
            throw UsageError(
                "--dataset \(dataset) is a folder of pictures: --evaluator CLIP is needed, one that "
                    + "no painter has learnt from")
        }
        // Everything that can be wrong is looked at before the painting, which takes minutes.
        let painter = try await painter()
        let sitting = try sitting(painter)
        let evaluator = try folderEvaluator(settings, side: sitting.side)
        try makeOutput()
        guard let embedder = try await embedder([painter.folder]) else { return }
        let paintings = try await sitting.paintings(evaluator)
        let findings = try await evaluator.findings(paintings, embedder: embedder)
        let report = findings.json(
            model: painter.folder.name, dataset: dataset.lastPathPart,
            evaluator: evaluatorName.lastPathPart, configuration: settings,
            settings: try sitting.settings)
        try tell(report, table: findings.table) {
            [
                ("nearest.png", try evaluator.nearestSheet(paintings, findings)),
                ("grid.png", try evaluator.seedSheet(paintings)),
            ]
        }
    }

    private func folderEvaluator(
        _ settings: EvaluationConfiguration, side: Int
    ) throws -> FolderEvaluator {
        func open(_ path: String) throws -> PictureFolder {
            // How many may be broken was decided when the model was trained; all are told.
            let folder = try PictureFolder(
                path, framing: PictureFraming(size: side), maxBroken: .max
            ) { done, all in
                if !quiet { note("pictures \(done)/\(all)") }
            }
            if !quiet { note("\(path): \(folder.summary(ofSplit: trainedOn == nil))") }
            return folder
        }
        return try FolderEvaluator(
            open(dataset), trainedOn: try trainedOn.map(open), configuration: settings)
    }
}
