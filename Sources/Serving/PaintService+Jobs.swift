import FoundationEssentials
import PinxitFiles

// What is asked for, and what becomes of it.
extension PaintService {
    /// Takes a job as a client says it in JSON.
    ///
    /// - Parameters:
    ///   - body: See ``JobBody``.
    ///   - key: The same one of the same owner again gives the same job.
    /// - Throws: `ServingError`.
    public func submit(
        _ body: JSONValue, by asker: Asker, idempotencyKey key: String? = nil
    ) throws -> Job {
        var draft: JobDraft
        do {
            draft = try self.draft(body, for: asker)
        } catch let error as ServingError {
            if case .blocked(let verdict, _) = error, case .string(let prompt)? = body["prompt"] {
                audit(
                    "blocked", asker.owner, prompt,
                    [JSONMember("refused", .array(verdict.refused.map { .string($0) }))])
            }
            throw error
        }
        draft.owner = asker.owner
        draft.payer = asker.payer
        draft.idempotencyKey = key
        return try submit(draft)
    }

    /// A job as a client says it, checked.
    func draft(_ body: JSONValue, for asker: Asker) throws -> JobDraft {
        guard case .object = body else {
            throw ServingError.invalid(field: nil, problem: "an object is accepted")
        }
        let pictures = pictures(for: asker)
        let parsed = JobBody(
            json: JSONField(body), catalogue: catalogue,
            pictures: pictures, limits: limits, policy: policy)
        do {
            return try parsed.draft { hash in
                try self.settings(hash, of: try pictures.bytes(hash), for: asker).prompt
            }
        } catch let error as FileError {
            throw ServingError.invalid(
                field: error.field.isEmpty ? nil : error.field, problem: error.problem)
        }
    }

    func submit(_ draft: JobDraft) throws -> Job {
        guard !isStopping else { throw ServingError.stopping }
        // Asked again: it is paid already, and may be all that its owner can pay.
        if let known = try store.known(draft) { return known }
        let pace = try store.paces()[draft.model] ?? 5
        let id = Self.newID()
        try limiter?.take(draft.cost, of: draft.payer, at: steadyNow())
        let job: Job
        do {
            job = try store.accept(
                draft, id: id, limit: limits.queue, at: now(),
                wait: max(1, Int((pace * Double(draft.count)).rounded(.up))))
        } catch {
            limiter?.give(draft.cost, to: draft.payer)
            throw error
        }
        guard job.id == id else {
            // The same key again, meanwhile.
            limiter?.give(draft.cost, to: draft.payer)
            return job
        }
        audit(
            "submit", draft.owner, draft.prompt,
            [
                JSONMember("job", .string(id)), JSONMember("kind", .string(draft.kind)),
                JSONMember("model", .string(draft.model)),
                JSONMember("count", .integer(draft.count)),
                JSONMember("pixel_steps", .number(draft.cost)),
            ])
        dispatcher.wake()
        hub.wake()
        return job
    }

    private func audit(
        _ action: String, _ owner: String, _ prompt: String, _ members: [JSONMember]
    ) {
        guard let audit else { return }
        audit.note(action, by: owner, members + [audit.prompt(prompt)])
    }

    /// Random and readable: 100 bits in letters and digits.
    private static func newID() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return "j"
            + String((0..<20).map { _ in letters[Int.random(in: 0..<32, using: &generator)] })
    }

    /// The job of that name.
    ///
    /// - Throws: `ServingError.notFound` or `gone`.
    public func job(_ id: String, for asker: Asker) throws -> Job {
        try store.job(id, for: asker)
    }

    /// Its place in the queue, and when it should begin; nil where it does not wait.
    public func place(_ job: Job) throws -> QueuePlace? {
        guard let place = try store.place(job) else { return nil }
        return QueuePlace(position: place.position, seconds: place.seconds + hub.left)
    }

    /// What is being painted, then what waits, in order and with its places.
    public func queue(for asker: Asker) throws -> [(job: Job, place: QueuePlace?)] {
        let left = hub.left
        return try store.active(for: asker).map { job, place in
            (job, place.map { QueuePlace(position: $0.position, seconds: $0.seconds + left) })
        }
    }

    /// The newest jobs of all kinds.
    public func newest(_ limit: Int = 100, for asker: Asker) throws -> [Job] {
        try store.newest(limit, for: asker)
    }

    /// Ends a job.
    ///
    /// - Throws: `ServingError.finished`, `notFound` or `gone`.
    public func cancel(_ id: String, for asker: Asker) async throws -> Job {
        record.ended(try store.cancel(id, at: now(), for: asker), .cancelled)
        hub.wake()
        await dispatcher.cancel(id)
        return try store.job(id)
    }

    /// Puts a waiting job before another, or at the end.
    public func move(_ id: String, before other: String?, for asker: Asker) throws {
        try store.move(id, before: other, at: now(), for: asker)
        hub.wake()
    }

    /// Whether jobs wait until somebody says otherwise.
    public func isPaused() throws -> Bool { try store.isPaused() }

    /// Pauses the queue, or goes on.
    public func setPaused(_ isPaused: Bool) throws {
        try store.setPaused(isPaused, at: now())
        hub.wake()
        dispatcher.wake()
    }

    // MARK: History

    /// Jobs that are done, the newest first; see ``JobStore/history(_:before:limit:for:)``.
    public func history(
        _ search: String, before: Int64?, limit: Int, for asker: Asker
    ) throws -> [Job] {
        try store.history(search, before: before, limit: limit, for: asker)
    }

    /// Takes a job out of the history, or brings it back within ``JobStore/undoTime``.
    public func setDeleted(_ isDeleted: Bool, _ id: String, for asker: Asker) throws -> Job {
        defer { hub.wake() }
        return try store.setDeleted(isDeleted, id, at: now(), for: asker)
    }

    /// Takes a fleeting job into the history.
    public func keep(_ id: String, for asker: Asker) throws -> Job {
        try store.keep(id, for: asker)
    }
}
