import PinxitFiles
import PinxitWorkers
import Synchronization

// With others who work on the same store.
extension PaintService {
    /// Whether the store is reached and can be written to: a disk may be full, a database only a
    /// standby. Asked at most once a second, whoever asks.
    public var isReached: Bool {
        looked.withLock { last in
            let time = now()
            if let last, (0..<1).contains(time - last.time) { return last.isReached }
            let isReached = (try? store.note(at: time)) != nil
            last = (time, isReached)
            return isReached
        }
    }

    /// Asks the store; where it is not reached, again until it is. For what was accepted.
    ///
    /// - Throws: `ServingError.unavailable` where the server stops meanwhile.
    public func onceReached<Result>(_ body: () throws -> Result) async throws -> Result {
        while true {
            do {
                return try body()
            } catch ServingError.unavailable(let problem) {
                guard !isStopping else { throw ServingError.unavailable(problem) }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Ends a job that nobody waits for any more, if it has not ended; later where the store is not
    /// reached.
    public func cancelForGood(_ id: String, for asker: Asker) async {
        // Whoever asked may be gone, and the task with it.
        let cancelling = Task {
            try await onceReached {
                record.ended(try store.cancel(id, at: now(), for: asker), .cancelled)
            }
            hub.wake()
            await dispatcher.cancel(id)
        }
        _ = await cancelling.result
    }

    /// Hears what others do.
    func listen(_ address: String) -> PostgresListener {
        PostgresListener(address, log) { [weak self] text in self?.heard(text) }
    }

    /// - Parameter text: What happened, and to which job; nil where something may have been missed.
    private func heard(_ text: String?) {
        let words = text?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        let job = words.count == 2 ? words[1] : ""
        if words.first == "step" { return hub.step(told: job) }
        if words.first == "preview" { return hub.preview(told: job) }
        defer { hub.wake() }
        switch words.first.flatMap({ JobEvent.Kind(rawValue: $0) }) {
        case .cancelled:
            hub.forget(job)
            Task { await dispatcher.cancel(job) }
        case .queued:
            hub.forget(job)
            dispatcher.wake()
        case .done, .failed: hub.forget(job)
        case .paused, .moved: dispatcher.wake()
        case .started, .image, .removed, .restored: break
        case nil:
            hub.forgetAll()
            dispatcher.wake()
        }
    }

    /// Where others share the store, looks for jobs whose workers are lost.
    func takeBackLost() async {
        guard store.isShared else { return }
        let looking = Background("looking for lost jobs", log)
        while !Task.isCancelled {
            looking { _ = try store.takeBackExpired(at: now()) }
            dispatcher.wake()
            try? await Task.sleep(for: .seconds(min(2, store.lease / 3)))
        }
    }
}
