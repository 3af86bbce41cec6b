import FoundationEssentials
import PinxitFiles
import PinxitWorkers

// One job, from the claim to its end.
extension Dispatcher {
    func paint(_ job: Job) async {
        current = (job, nil)
        let heart = Task { [store, name, renewing] in
            let usual = store.lease / 3
            var pause = usual
            while true {
                try await Task.sleep(for: .seconds(pause))
                let isMine = renewing { try store.renew(job, worker: name) }
                // It was cancelled elsewhere, or taken back when this was not heard of.
                if isMine == false { self.cancel(job.id) }
                // Where that was not said it has to be soon.
                pause = isMine == nil ? min(1, usual) : usual
            }
        }
        var painting: WorkerProcess?
        do {
            guard let model = catalogue[job.model] else {
                throw WorkFailure(.model, "\(job.model) is not served any more")
            }
            let worker = try await worker(for: model)
            current = (job, worker)
            // It may have been cancelled while the model was loaded.
            if try await say({ try store.renew(job, worker: name) }) {
                let order = try order(job, model)
                makeRoom(for: order.parts, beside: worker)
                makeRoom(for: order.loras, of: model, in: worker)
                painting = worker
                try hand(order, to: worker)
                try await follow(job, worker)
            }
        } catch let failure as WorkFailure {
            await lost(job, failure)
        } catch {
            // It would paint on, and what it tells then be taken for a later claim's.
            if let painting { drop(painting) }
            await give(job, back: error)
        }
        heart.cancel()
        current = nil
        hub.forget(job.id)
        hub.wake()
    }

    /// - Throws: `WorkFailure` where the worker ended while it had nothing to do, which may not be
    ///   known yet; the next is another.
    private func hand(_ order: PaintOrder, to worker: WorkerProcess) throws {
        do {
            try worker.send(.paint(order))
        } catch is FileError {
            drop(worker)
            throw WorkFailure(.workerDied, "the worker ended")
        }
    }

    private func order(_ job: Job, _ model: ServedModel) throws -> PaintOrder {
        let request = try JSONValue(parsing: job.request)
        return PaintOrder(
            job: job.id,
            request: try RequestPictures(shelf).expanded(request.withoutNetworks)
                .encoded(indented: false),
            previewInterval: catalogue.previewInterval(job),
            explainingInterval: job.isExplaining ? catalogue.explainingInterval(job) : nil,
            parts: try catalogue.controls.parts(request),
            loras: try catalogue.loras.ordered(request, for: model))
    }

    /// Says something to the store; where that is not reached, again while it may hold the job:
    /// for a lease where another may take it, else as long as it works.
    ///
    /// - Throws: `ServingError.unavailable` after that.
    private func say<Result>(_ body: () throws -> Result) async throws -> Result {
        let end = ContinuousClock.now + .seconds(store.lease)
        while true {
            do {
                return try body()
            } catch ServingError.unavailable(let problem) {
                guard !isStopping, !store.isShared || ContinuousClock.now < end else {
                    throw ServingError.unavailable(problem)
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// It was not the worker that could not go on.
    private func give(_ job: Job, back error: any Error) async {
        guard case ServingError.unavailable = error else {
            var failure = WorkFailure(error)
            if failure.code == .internal, !(error is ServingError) {
                // What it says is for who runs the server.
                setup.record.log.say(.error, "\(job.id): \(error)")
                failure = WorkFailure(.internal, "something went wrong in the server")
            }
            return await lost(job, failure)
        }
        // Whoever has it next finds the pictures that are there.
        _ = try? store.release(
            job, worker: name, counts: false, WorkFailure(.internal, ""), at: now())
    }

    private func lost(_ job: Job, _ failure: WorkFailure) async {
        let isCrash = failure.code == .workerDied || failure.code == .outOfMemory
        // What cannot be written now is taken back at the next start.
        let isMine = try? await say {
            try isCrash
                ? store.release(job, worker: name, counts: !isStopping, failure, at: now())
                : store.fail(job, worker: name, failure, at: now())
        }
        guard isMine == true, !isStopping || !isCrash else { return }
        setup.record.ended(job, isCrash ? .lost : .failed, failure.code)
    }

    /// - Throws: `WorkFailure` where the worker cannot go on.
    private func follow(_ job: Job, _ worker: WorkerProcess) async throws {
        let pace = Pace(job)
        var more: [String] = []
        var withheld = 0
        for await (report, bytes) in worker.reports {
            switch report {
            case .started(job.id, let settings):
                let isMine = try await say {
                    try store.began(job, worker: name, settings: settings, at: now())
                }
                guard isMine else {
                    try worker.send(.cancel(job: job.id))
                    continue
                }
                hub.wake()
            case .step(job.id, let step): tell(job, step, left: pace.left(after: step))
            case .preview(job.id, let step): tell(job, step, bytes)
            case .picture(job.id, _) where job.isExplaining:
                if let source = job.source,
                    try await say({ try !shelf.has(source, as: bytes) })
                {
                    more.append("painted again it is another picture, which this explains")
                }
            case .explained(job.id, let explanation, let steps):
                guard let source = job.source else { continue }
                try await say { try explanations.put(explanation, steps, bytes, of: source) }
            case .picture(job.id, let picture)
            where setup.withholds && picture.safety?.isFlagged == true:
                withheld += 1
                more.append("picture \(picture.number) is withheld: the safety checker flagged it")
            case .picture(job.id, let picture):
                let kept = JobPicture(
                    number: picture.number, hash: try await say { try shelf.put(bytes) },
                    seed: picture.seed, width: picture.width, height: picture.height,
                    safety: picture.safety)
                _ = try await say { try store.add(kept, to: job, worker: name, at: now()) }
                hub.wake()
            case .finished(job.id, let warnings):
                guard withheld < job.count else {
                    throw WorkFailure(.blocked, "the safety checker flagged all that was painted")
                }
                // Explaining takes longer than painting.
                let seconds = pace.secondsOfPicture
                if !job.isExplaining {
                    try await say { try store.measured(seconds, of: job.model) }
                }
                let all = warnings + more
                let count = job.isExplaining ? 0 : job.count - withheld
                let isDone = try await say {
                    try store.finish(
                        job, worker: name, pictures: count, warnings: all, at: now())
                }
                // Where it is another's by now, that says nothing to the store.
                guard isDone else {
                    throw WorkFailure(.workerDied, "not all pictures came from the worker")
                }
                setup.record.ended(job, .done)
                return
            case .failed(job.id, let failure):
                // Who asked for it has been told.
                guard failure.code != .interrupted else { return }
                throw failure
            default: break
            }
        }
        throw worker.end ?? WorkFailure(.workerDied, "the worker ended")
    }

    /// Tells of a step here and, a few times a second, to others who share the store.
    private func tell(_ job: Job, _ step: ReportedStep, left: Double?) {
        hub.step(job.id, of: job.owner, step, left: left)
        guard store.isShared, ContinuousClock.now >= lastTold + .milliseconds(250) else { return }
        lastTold = .now
        try? store.announce("step " + EventHub.told(job, by: name, step, left: left))
    }

    /// Tells of a preview, which others who share the store find there.
    private func tell(_ job: Job, _ step: ReportedStep, _ preview: Data) {
        let number = hub.preview(job, step, preview)
        guard store.isShared, (try? store.put(preview, number, of: job.id)) != nil else { return }
        try? store.announce("preview " + EventHub.told(job, by: name, step, preview: number))
    }
}
