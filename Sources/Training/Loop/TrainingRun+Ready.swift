import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitTensors

extension TrainingRun {
    /// What a run is about, as far as it is only read.
    struct Opened {
        let recipe: SettingsReader
        /// Nil for a stage without steps.
        let optimisation: OptimisationSettings?
        let data: TrainingData
    }

    /// A run whose steps can begin, or that is done.
    struct Ready {
        /// Nil for a rank that is not the first, which has no folder.
        let place: RunFolder?
        let context: TrainingContext
        /// Nil for a stage without steps.
        let trainer: Trainer?
    }

    func open() throws -> Opened {
        let recipe = SettingsReader(try RecipeFile.read(configuration, changes: changes))
        var optimisation = try stage.read(recipe)
        try optimisation?.share(among: ranks, recipe.field)
        try requireEarlierStages(recipe.field)
        return Opened(recipe: recipe, optimisation: optimisation, data: try openData(recipe))
    }

    private func openData(_ recipe: SettingsReader) throws -> TrainingData {
        let usual = stage.isFineTuning ? try FineTuningBase.usual(model) : nil
        return try TrainingData.open(
            dataset, recipe.group("dataset"), usual: usual, maxBroken: maxBroken
        ) {
            if !quiet, ranks.isFirst { writeToStandardError("\($0)\n") }
        }
    }

    /// - Throws: `FileError` on a rank that has another recipe, other data or other weights of
    ///   earlier stages than the first.
    func checkIsFirsts(_ opened: Opened) throws {
        guard !ranks.isAlone else { return }
        try checkAreFirsts([
            (configuration, opened.recipe.text), (dataset, opened.data.identity),
        ])
        // Which there are is said by the recipe.
        try checkAreFirsts(
            try ranks.together {
                try frozenParts(opened.recipe.field).map { ($0.path, try $0.identity()) }
            })
    }

    private func checkAreFirsts(_ identities: [(path: String, text: String)]) throws {
        let areSame = identities.map { ranks.isFirsts($0.text) }
        try ranks.together {
            for (identity, isSame) in zip(identities, areSame) where !isSame {
                throw FileError(
                    path: identity.path,
                    problem:
                        "is not what the first process has; accepted: the same on every machine")
            }
        }
    }

    @Engine
    func makeReady(_ opened: Opened) throws -> Ready {
        let place = try ranks.firstBeforeOthers(takeFolder, others: { nil })
        do {
            return try ranks.together {
                let context = TrainingContext(
                    settings: opened.recipe, data: opened.data,
                    log: ranks.isFirst ? try RunLog(folder: folder, quiet: quiet) : .silent(),
                    model: model, folder: folder, output: output, startFrom: startFrom,
                    ranks: ranks, findModel: findModel, maxBroken: maxBroken,
                    dataset: dataset,
                    origin: ranks.isFirst
                        ? try RunOrigin(folder: folder, acceptingChanges: acceptingChanges) : nil)
                try context.checkOrigin(frozenWeights(opened.recipe.field))
                try checkStart(context)
                let trainer = try opened.optimisation.flatMap { try self.trainer(context, $0) }
                if case .atOnce(let work) = stage.plan.work { try work(context) }
                return Ready(place: place, context: context, trainer: trainer)
            }
        } catch {
            place?.leaveNothing()
            // The one that tells ends all.
            ranks.waitForAll()
            throw error
        }
    }

    /// Looks at what is read when pictures are ready, or when all is trained: after hours.
    private func checkStart(_ context: TrainingContext) throws {
        _ = try wordsBefore(context)
        if let startFrom, let component = stage.startingComponent {
            _ = try Component(path: startFrom.path(component)).tensors()
        }
    }

    /// Makes and takes the folder, and clears away what dead runs left half written.
    private func takeFolder() throws -> RunFolder? {
        let place = try RunFolder(folder)
        if stage.isFineTuning {
            AtomicFile.removeDead(
                in: output.parentPath.isEmpty ? "." : output.parentPath,
                of: [output.withoutSlash.lastPathPart])
        }
        if !stage.writesFile {
            RunFolder.removeDeadFiles(ofModel: stage == .finetune ? output : model)
        }
        return place
    }

    @Engine
    private func trainer(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws
        -> Trainer?
    {
        guard case .steps(let makeTask) = stage.plan.work else { return nil }
        let task = try makeTask(context, optimisation)
        if let startFrom {
            let start = StartingWeights(folder: startFrom, model: model)
            for (name, parameters) in task.components {
                try start.copy(name, into: parameters, mayBeNew: task.mayBeNew)
            }
            try task.started()
        }
        var standards = context.settings.record.standards
        if stage.isFineTuning {
            standards["dataset.size"] = .integer(try FineTuningBase.usual(model).size)
        }
        return Trainer(
            task, optimisation, configuration: context.settings.text, standards: standards,
            folder: folder, log: context.log)
    }
}
