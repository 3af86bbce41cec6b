import Pinxit
import PinxitFiles
import PinxitImages

/// One request of a batch or a cell of a plot.
struct BatchJob: Sendable {
    /// Its place, from 1.
    let number: Int
    /// What is the same for it in every run, and for no other job.
    let key: String
    /// Without the LoRAs its prompt names.
    let request: PaintRequest
    let model: ModelArguments
    let loras: [LoRA]
    /// What the file of rows says of it beside.
    let members: [JSONMember]

    /// - Parameters:
    ///   - request: With the LoRAs its prompt names.
    ///   - repetition: How many jobs before it ask for the same.
    init(
        number: Int, _ request: PaintRequest, _ model: ModelArguments, repetition: Int = 0,
        members: [JSONMember] = []
    ) throws {
        self.number = number
        self.model = model
        self.members = members
        let asked = try request.json(picturesAsDigests: true) + "\n\(model.identity)\n\(repetition)"
        key = Array(asked.utf8).withUnsafeBytes { String(SHA256.hex($0).prefix(16)) }
        (self.request, loras) = try model.changes.taken(
            from: request, given: model.changes.given())
    }

    fileprivate func isPainted(bySameAs other: BatchJob) -> Bool {
        model.identity == other.model.identity && loras == other.loras
    }
}

/// Jobs that are painted one after another, each picture kept as it is finished, and not painted
/// again by the next run.
struct BatchRun: Sendable {
    let jobs: [BatchJob]
    let folder: String
    /// The file of rows in the folder.
    let log: String
    /// How names of pictures end.
    let ending: String
    let marks: PictureMarks
    let progress: ProgressKind?
    /// Whether paths are printed as pictures are finished.
    let tells: Bool

    /// Paints what is missing.
    ///
    /// - Returns: The paths of every job's pictures, in order; of a job that failed what there is.
    /// - Throws: The first job's error, after all the others are painted.
    @discardableResult
    func run() async throws -> [[String]] {
        let painting = BatchPainting(self)
        return try await interruptible { try await painting.run() }
    }
}

private struct BatchPainting: Sendable {
    let run: BatchRun

    init(_ run: BatchRun) { self.run = run }

    func run() async throws -> [[String]] {
        let ledger = try PictureLedger(folder: run.folder, name: run.log)
        let telling = ProgressTelling(run.progress)
        defer { telling.clear() }
        tellWhatIsThere(ledger, telling)
        var painter: (job: BatchJob, painter: Painter)?
        var failure: (any Error)?
        var paths: [[String]] = []
        for job in run.jobs {
            do {
                let missing = (1...job.pictures).first {
                    ledger.path(of: job.key, picture: $0) == nil
                }
                if let missing {
                    if let held = painter, !held.job.isPainted(bySameAs: job) { painter = nil }
                    let ready =
                        if let painter { painter.painter } else { try await load(job) }
                    painter = (job, ready)
                    try await paint(job, from: missing, ready, ledger, telling)
                }
            } catch let error where error is PaintError || error is UnloadedModel {
                let error = (error as? UnloadedModel)?.reason ?? error
                telling.clear()
                note("error: job \(job.number): \(error)")
                try ledger.fail(job.key, "\(error)", job.members)
                failure = failure ?? error
            }
            paths.append((1...job.pictures).compactMap { ledger.path(of: job.key, picture: $0) })
        }
        if let failure {
            throw BatchFailure(status: ExitStatus(failure))
        }
        return paths
    }

    /// What a model cannot be loaded for ends its jobs, not the others.
    private func load(_ job: BatchJob) async throws -> Painter {
        do {
            return try await job.model.painter(job.request.source.ability, loras: job.loras)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw UnloadedModel(reason: error)
        }
    }

    /// So that nobody wonders why little or nothing is painted.
    private func tellWhatIsThere(_ ledger: PictureLedger, _ telling: ProgressTelling) {
        let pictures = run.jobs.flatMap { job in
            (1...job.pictures).map { ledger.path(of: job.key, picture: $0) }
        }
        let there = pictures.count { $0 != nil }
        guard run.tells, run.progress != ProgressKind.none, there > 0 else { return }
        telling.warning("\(there) of \(pictures.count) pictures are there already")
    }

    private func paint(
        _ job: BatchJob, from first: Int, _ painter: Painter, _ ledger: PictureLedger,
        _ telling: ProgressTelling
    ) async throws {
        var request = job.request
        request.seed = try ledger.seed(of: job.key, asked: request.seed)
        // Each picture can be painted alone, unless they are on one way.
        var skipped = 0
        if request.source.hasSeeds {
            skipped = first - 1
            if let strength = request.diffusion.noise.variationStrength, strength > 0 {
                // All have one seed, and each a variation of its own.
                let variation = request.diffusion.noise.variationSeed
                request.diffusion.noise.variationSeed = variation.map { $0 &+ UInt32(skipped) }
            } else {
                request.seed = request.seed.map { $0 &+ UInt32(skipped) }
            }
            request.count -= skipped
        }
        for try await event in painter.paint(request, PaintOptions(isLast: false)) {
            switch event {
            case .started(let resolved): telling.started(resolved)
            case .step(let step): telling.step(step)
            case .picture(let picture):
                let number = picture.number + skipped
                guard ledger.path(of: job.key, picture: number) == nil else { continue }
                let path = try write(picture, number, job, ledger)
                telling.clear()
                telling.written(path)
                if run.tells {
                    print(path)
                    try flushStandardOutput()
                }
            case .finished(let summary):
                for warning in summary.warnings { telling.warning("job \(job.number): \(warning)") }
            case .preview: break
            }
        }
        try Task.checkCancellation()
    }

    /// First the picture, then its row: a run that is killed between them paints it once more.
    private func write(
        _ picture: PaintedPicture, _ number: Int, _ job: BatchJob, _ ledger: PictureLedger
    ) throws -> String {
        let slug = OutputPattern.slug(job.request.shown)
        let file = ledger.name(for: job.key, picture: number) { attempt in
            let more = attempt > 1 ? "-\(attempt)" : ""
            let count = job.pictures > 1 ? "-\(number)" : ""
            return "\(zeroPadded(job.number, 4))\(count)-\(slug)\(more)\(run.ending)"
        }
        let path = ledger.folder.path(file)
        try picture.write(to: path, marks: run.marks)
        let settings = try? JSONValue(
            parsing: try picture.request.request.json(picturesAsDigests: true))
        try ledger.finish(
            job.key, picture: number, file: file,
            [JSONMember("job", .integer(job.number))] + job.members + [
                JSONMember("seed", .integer(Int(picture.seed))),
                JSONMember("model", .string(picture.model)),
                JSONMember("request", settings ?? .null),
            ])
        return path
    }
}

/// A job's model cannot be loaded.
private struct UnloadedModel: Error {
    let reason: any Error
}

/// Jobs failed, and their errors were told.
struct BatchFailure: Error {
    let status: ExitStatus
}

extension BatchJob {
    /// How many pictures there will be.
    var pictures: Int { min(max(1, request.pictures), 10_000) }
}

extension PaintSource {
    /// Whether each picture has a seed of its own.
    fileprivate var hasSeeds: Bool {
        switch self {
        case .text, .image, .inpaint, .variation: true
        case .blend, .interpolation: false
        }
    }
}
