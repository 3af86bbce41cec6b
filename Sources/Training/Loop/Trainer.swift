import PinxitFiles
import PinxitLayers
import PinxitTensors

/// The training loop, the same for every model.
final class Trainer {
    private let task: any PhasedTask
    private let settings: OptimisationSettings
    private let configuration: String
    private let standards: [String: JSONValue]
    private let folder: String
    private let log: RunLog
    private let optimiser: AdamW
    private let average: Average
    private let rate: LearningRate
    private let ranks: Ranks
    /// Of each phase; nil without other ranks.
    private lazy var means = task.phases.map { phase in
        GradientMean(ranks, task.parameters[phase.parameters].map(\.tensor.shape))
    }
    private var secondsBefore = 0.0

    /// A run of a task, at its start.
    ///
    /// - Parameters:
    ///   - configuration: The configuration's text, kept with each checkpoint.
    ///   - standards: The values of settings that a configuration does not have, by their path: to
    ///     say that they are left out is no change.
    ///   - folder: Where the run keeps its state and logs.
    init(
        _ task: any PhasedTask, _ settings: OptimisationSettings, configuration: String,
        standards: [String: JSONValue] = [:], folder: String, log: RunLog
    ) {
        self.task = task
        self.settings = settings
        self.configuration = configuration
        self.standards = standards
        self.folder = folder
        self.log = log
        ranks = settings.ranks
        optimiser = AdamW(task.parameters, settings)
        average = Average(task.parameters, decay: settings.averageDecay)
        rate = LearningRate(
            peak: settings.learningRate, warmUp: settings.warmUp, steps: settings.steps)
    }

    /// Trains from the last checkpoint, or from the start, to the end or until `shouldStop`, which
    /// saves a checkpoint. Cancelling the task does so too, between steps or within one, which is
    /// then not taken; within a step of several ranks or phases the last checkpoint holds.
    ///
    /// - Parameters:
    ///   - acceptingChanges: Whether to go on from a checkpoint of another configuration.
    ///   - begun: Called once the run goes on or begins.
    ///   - unsaved: See ``TrainingRun/run(shouldStop:unsaved:)``.
    /// - Throws: ``NumericalFailure`` when a loss or gradient is not finite;
    ///   ``ChangedConfiguration`` for a checkpoint of another configuration; `CancellationError`
    ///   within a step of several ranks or phases; errors of files.
    func run(
        acceptingChanges: Bool = false, shouldStop: () -> Bool = { false },
        begun: () throws -> Void = {}, unsaved: (Bool) -> Void = { _ in }
    ) throws -> TrainingRun.Outcome {
        let restored = try ranks.together { try restore(acceptingChanges: acceptingChanges) }
        let start = startTogether(restored)
        let reported = ReportMark(folder: folder)
        try log.begin(
            step: start, reported: reported.step ?? start, configuration: configuration)
        if start >= settings.steps {
            log.message("all \(settings.steps) steps are done; what they gave is written again")
        }
        try begun()
        // Without it a run that is killed within its first report would not make that up for.
        if start == 0, ranks.isFirst { try reported.note(0) }
        var progress = Progress(
            start: start, steps: settings.steps, batch: settings.batch,
            smoothed: restored?.smoothedLoss)
        // Killed between a checkpoint and its report.
        if start > 0, let step = reported.step, step < start, isReported(start) {
            guard try hasReported(start, reported) else { return .interrupted }
        }

        unsaved(true)
        for step in start..<max(settings.steps, start) {
            if ranks.any(shouldStop() || Task.isCancelled) {
                try save(step, progress)
                return .interrupted
            }
            let scalars: [String: Float]
            do {
                scalars = try advance(step)
            } catch is CancellationError where ranks.size == 1 && task.phases.count == 1 {
                // Nothing was updated yet.
                try save(step, progress)
                return .interrupted
            }
            progress.note(scalars["loss"] ?? 0)
            let done = step + 1
            if done % settings.logEvery == 0 || done == settings.steps {
                try log.scalars(
                    scalars.merging(progress.scalars) { $1 }, step: done, table: RunLog.trainTable)
                log.progress(progress.line(done))
            }
            // A report may write to the model folder, from which a run without a checkpoint would
            // start: save first.
            if isReported(done) || done % settings.saveEvery == 0 { try save(done, progress) }
            if isReported(done) {
                unsaved(false)
                guard try hasReported(done, reported) else { return .interrupted }
                unsaved(true)
            }
        }
        unsaved(false)
        if ranks.isFirst { try task.exportWhole(weights: average.weights) }
        return .finished
    }

    private func restore(acceptingChanges: Bool) throws -> RunCheckpoint? {
        guard ranks.isFirst else { return nil }
        return try RunCheckpoint.restore(
            optimiser, average, task, from: folder, configuration: configuration,
            standards: standards, acceptingOther: acceptingChanges)
    }

    /// Has all ranks start as the first does.
    ///
    /// - Returns: The step.
    private func startTogether(_ restored: RunCheckpoint?) -> Int {
        secondsBefore = restored?.seconds ?? 0
        let own = task.remembered
        let tags = own.keys.sorted()
        let kept = tags.map { Double(restored?.remembered[$0] ?? own[$0] ?? 0) }
        task.remembered = Dictionary(
            uniqueKeysWithValues: zip(tags, ranks.fromFirst(kept).map(Float.init)))
        ranks.takeFromFirst(
            task.parameters.map(\.tensor) + average.tensors + optimiser.first + optimiser.second)
        return Int(ranks.fromFirst([Double(restored?.step ?? 0)])[0])
    }

    /// Whether a report follows so many steps.
    private func isReported(_ done: Int) -> Bool {
        done % settings.reportEvery == 0 || done == settings.steps
    }

    /// False where it was cancelled: all is saved, and it is made when the run goes on.
    private func hasReported(_ done: Int, _ mark: ReportMark) throws -> Bool {
        do {
            try report(done, mark)
            return true
        } catch is CancellationError where ranks.size == 1 {
            return false
        }
    }

    private func report(_ done: Int, _ mark: ReportMark) throws {
        guard ranks.isFirst else { return }
        try task.report(step: done, weights: average.weights, to: log)
        try mark.note(done)
    }

    /// One step: every phase, then the average.
    private func advance(_ step: Int) throws -> [String: Float] {
        var scalars = ["learning_rate": rate(step)]
        for index in task.phases.indices {
            scalars.merge(try advance(step, phase: index)) { earlier, _ in earlier }
        }
        average.update(step: step)
        return scalars
    }

    /// One phase: loss, gradients, update. The first one's loss is the step's.
    private func advance(_ step: Int, phase index: Int) throws -> [String: Float] {
        let phase = task.phases[index]
        let mean = means[index]
        mean?.begin()
        let found = try task.gradients(step: step, phase: index) { mean?.add($0, $1) }
        let gradients = mean?.means(found.gradients) ?? found.gradients
        let value = ranks.mean([found.loss.item])[0]
        guard value.isFinite else {
            throw NumericalFailure(step: step, place: try origin(ofStep: step, phase: index))
        }
        var all = [Tensor?](repeating: nil, count: task.parameters.count)
        all.replaceSubrange(phase.parameters, with: gradients)
        let norm = try optimiser.update(all, rate: rate(step) * phase.rate, step: step)
        var scalars = ranks.mean(found.scalars)
        scalars["loss"] = value
        scalars[phase.tag("loss")] = value
        scalars[phase.tag("gradient_norm")] = Float(norm)
        return scalars
    }

    /// Where a loss stopped being a number. A step is a function of its number, so it is run again
    /// and watched.
    private func origin(ofStep step: Int, phase: Int) throws -> String {
        if let parameter = task.parameters.first(where: { $0.tensor.firstNonFinite != nil }) {
            return "the parameter \(parameter.name)"
        }
        let check = NumericsCheck()
        _ = try Engine.observed(by: check) { try task.loss(step: step, phase: phase) }
        return ranks.words(check.found.map { "the result of \($0)" }) ?? "the loss"
    }

    private func save(_ step: Int, _ progress: Progress) throws {
        // Each rank has its own part's; what is told is their mean.
        let remembered = ranks.mean(task.remembered)
        guard ranks.isFirst else { return }
        try RunCheckpoint(
            step: step, seconds: secondsBefore + progress.elapsed, configuration: configuration,
            smoothedLoss: progress.smoothed, remembered: remembered
        ).save(optimiser, average, task, to: folder)
    }
}
