import PinxitDatasets
import PinxitFiles
import PinxitPlatform

/// What a stage of training is given, whatever it trains.
struct TrainingContext {
    /// The stage's configuration; each stage reads its own part.
    let settings: SettingsReader
    /// What the run learns from.
    let data: TrainingData
    let log: RunLog
    /// The model folder: earlier stages are read from it, this one is written to it.
    let model: String
    /// Where the run keeps checkpoints, caches and logs.
    let folder: String
    /// The file or folder that fine-tuning writes; empty for other stages.
    let output: String
    /// A finished model folder whose weights the run starts from, if any.
    let startFrom: String?
    /// Who train together.
    var ranks = Ranks.alone
    /// See ``TrainingRun/findModel``.
    var findModel: @Sendable (String) throws -> String = { $0 }
    /// See ``TrainingRun/maxBroken``.
    var maxBroken = 10
    /// Where ``data`` lies, for messages.
    var dataset = ""
    /// What the run began with; nil for a rank that is not the first.
    var origin: RunOrigin?

    /// Tells of a folder of pictures what there is to learn from.
    ///
    /// - Parameter parts: What the stage reads of models.
    /// - Throws: `FileError` if the run began with other pictures, captions or weights.
    func checkOrigin(_ parts: [FrozenPart]) throws {
        guard let origin else { return }
        switch data {
        case .folder(let pictures):
            log.message(pictures.summary(ofSplit: output.isEmpty))
            try origin.check(pictures, as: "dataset")
        case .composed:
            try origin.check(
                "dataset", Self.short(data.identity), of: dataset,
                "has another recipe, other things or other drawings")
        }
        for part in parts {
            let said = try part.identity()
            // What the run gets from elsewhere is not there yet when it begins.
            if said.isEmpty { continue }
            try origin.check(
                part.name, Self.short(said), of: part.path, "holds other weights or settings")
        }
    }

    private static func short(_ identity: String) -> String {
        String(SHA256.hex(identity.utf8).prefix(16))
    }

    /// Makes something from components of the model folder, which first gets copies of those that
    /// it lacks from another model; if it cannot be made, no copies stay behind.
    ///
    /// - Parameters:
    ///   - names: Of the components that are copied, if the other model has them.
    ///   - start: The other model's folder, if there is one.
    func completing<Value>(
        _ names: [String], from start: String?, make: () throws -> Value
    ) throws -> Value {
        let isNew = !fileExists(model)
        let missing = names.filter { name in
            !fileExists(model.path(name)) && start.map { fileExists($0.path(name)) } == true
        }
        do {
            try ranks.firstBeforeOthers(
                {
                    guard let start else { return }
                    try makeFolder(model)
                    for name in missing {
                        try copyWholeFolder(start.path(name), to: model.path(name))
                    }
                }, others: {})
            return try ranks.together(make)
        } catch {
            if ranks.isFirst {
                for name in missing { removeFolder(model.path(name)) }
                // Another process may have put something there meanwhile.
                if isNew { rmdir(model) }
            }
            throw error
        }
    }

    /// Keeps the recipe in the run's folder, as it is after all changes.
    func keepRecipe() throws {
        guard ranks.isFirst, let recipe = settings.field.value else { return }
        try JSONFile.write(recipe, to: folder.path("recipe.json"))
        try origin?.write()
    }
}
