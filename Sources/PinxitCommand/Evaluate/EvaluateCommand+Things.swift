import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitTokenizers

/// Every thing of a data set, several times each.
extension EvaluateCommand {
    /// Below which a thing is listed, where ``keepWords`` does not say.
    private static let usualShare = 0.75

    func checkThings() throws {
        guard let things else {
            guard keepWords == nil else { throw UsageError("--keep-words goes with --things") }
            return
        }
        guard (1...1000).contains(things) else {
            throw UsageError("--things \(things): 1 to 1000 is accepted")
        }
        if let keepWords, !(0...1).contains(keepWords) {
            throw UsageError("--keep-words \(keepWords): a share from 0 to 1 is accepted")
        }
        for (name, isGiven) in [
            ("--all", all), ("--short", short), ("--count", count != nil),
            ("--evaluator", evaluator != nil), ("--list-prompts", listPrompts),
        ] where isGiven {
            throw UsageError("\(name) does not go with --things")
        }
        for (name, isGiven) in [
            ("--lora", !loras.lora.isEmpty), ("--embedding", !loras.words.embedding.isEmpty),
        ] where isGiven && keepWords != nil {
            throw UsageError("\(name) does not go with --keep-words, which is about MODEL alone")
        }
        guard !PictureFolder.isMeant(by: dataset) else {
            throw UsageError("--things goes with a data set that pinxit dataset wrote")
        }
    }

    func evaluateThings(_ pictures: Int) async throws {
        let painter = try await painter()
        let library = try SpriteLibrary(folder: dataset)
        let sitting = try sitting(painter)
        // Before the painting, which takes minutes.
        let words = try keepWords.map { _ in try changeableWords(of: painter.folder) }
        try makeOutput("things.json")
        let findings = try await sitting.findings(
            ThingExamination(
                library: library, configuration: try settings(), pictures: pictures))
        let report = findings.json(model: painter.folder.name, settings: try sitting.settings)
        let share = keepWords ?? Self.usualShare
        try tell(report, in: "things.json", table: findings.table(below: share)) {
            [("things.png", findings.sheet())]
        }
        if let words {
            try keep(words, of: painter.folder, library, missed: findings.missed(below: share))
        }
    }

    /// - Throws: `UsageError` where a model does not say what it knows: it may know anything.
    private func changeableWords(of folder: ModelFolder) throws -> LearntWords {
        let file = folder.path.path(LearntWords.fileName)
        guard let words = try LearntWords(folder: folder.path) else {
            throw UsageError(
                "--keep-words: \(file): is missing; a model that was trained here has it")
        }
        try checkWritable(file)
        return words
    }

    private func keep(
        _ words: LearntWords, of folder: ModelFolder, _ library: SpriteLibrary,
        missed: [VocabularyEntry]
    ) throws {
        let keys = Set(missed.map(\.key))
        guard keys.count < library.vocabulary.count else {
            throw FileError(
                path: folder.path.path(LearntWords.fileName),
                problem: "is left as it was: none of its things is painted")
        }
        var words = words
        words.forget(library) { keys.contains($0.key) }
        try writing { try words.write(to: folder.path) }
        if !quiet {
            note("\(folder.path.path(LearntWords.fileName)): \(words.english.things.count) things")
        }
    }
}
