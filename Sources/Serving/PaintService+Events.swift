import FoundationEssentials
import PinxitWorkers

/// What is told to who watches: what lasts has a number, what passes has none.
public enum ServedEvent: Sendable {
    /// Something that happened; see ``JobEvent``.
    case lasting(JobEvent)
    /// How far a job is.
    case step(job: String, ReportedStep, left: Double?)
    /// There is a new preview of a job, of that number.
    case preview(job: String, number: Int, ReportedStep)
    /// What happened before this number is not known any more.
    case forgotten(last: Int64)
}

/// What happens from some event on, for one reader.
public final class EventFeed {
    private let store: JobStore
    private let hub: EventHub
    private let job: String?
    private let asker: Asker
    private var last: Int64
    private var passed: [String: (step: UInt64, preview: UInt64)] = [:]
    private var wakes: AsyncStream<Void>.AsyncIterator
    private var hasChecked = false
    private var changes: UInt64?

    init(
        _ store: JobStore, _ hub: EventHub, after last: Int64, job: String?, _ asker: Asker
    ) {
        (self.store, self.hub) = (store, hub)
        self.job = job
        self.asker = asker
        self.last = last
        wakes = hub.watch().makeAsyncIterator()
    }

    /// The number of the last event that this has given.
    public var position: Int64 { last }

    /// Waits for what comes next; may be empty, as a sign of life. Nil where the server stops.
    public func next() async throws -> [ServedEvent]? {
        guard await wakes.next() != nil else { return nil }
        var events: [ServedEvent] = []
        // Where the store is not reached, or not any more, what it has besides comes once it is.
        do { try read(into: &events) } catch ServingError.unavailable {}
        return events + passing()
    }

    /// What lasts. Where this throws, what was read before is there, and not given again.
    private func read(into events: inout [ServedEvent]) throws {
        if !hasChecked {
            if job == nil, try store.hasForgotten(after: last) {
                last = try store.lastEvent()
                events.append(.forgotten(last: last))
            }
            hasChecked = true
        }
        let changes = hub.changes
        while changes != self.changes {
            let batch = try store.events(after: last, job: job, for: asker)
            guard let newest = batch.last else {
                self.changes = changes
                break
            }
            last = newest.number
            events += batch.map { .lasting($0) }
        }
    }

    /// What has changed of what does not last.
    private func passing() -> [ServedEvent] {
        var events: [ServedEvent] = []
        let all = hub.passing
        passed = passed.filter { all[$0.key] != nil }
        for (name, passing) in all
        where (job == nil || job == name) && asker.sees(passing.owner) {
            var seen = passed[name] ?? (0, 0)
            if passing.version > seen.step {
                seen.step = passing.version
                events.append(.step(job: name, passing.step, left: passing.left))
            }
            if let number = passing.preview, let step = passing.previewStep,
                passing.previewVersion > seen.preview
            {
                seen.preview = passing.previewVersion
                events.append(.preview(job: name, number: number, step))
            }
            passed[name] = seen
        }
        return events
    }
}

extension PaintService {
    /// The number of the last event that happened.
    public func lastEvent() throws -> Int64 { try store.lastEvent() }

    /// What happens after an event.
    ///
    /// - Parameters:
    ///   - number: Nil is from now on.
    ///   - job: Only what happens to it.
    public func events(
        after number: Int64?, job: String? = nil, for asker: Asker
    ) throws -> EventFeed {
        EventFeed(store, hub, after: try number ?? store.lastEvent(), job: job, asker)
    }

    /// Whether nothing more will happen to a job than what is known to a reader, who was just
    /// given these.
    public func isOver(_ id: String, after number: Int64, _ given: [ServedEvent]) throws -> Bool {
        let lasts = given.contains { if case .lasting = $0 { true } else { false } }
        guard given.isEmpty || lasts else { return false }
        do {
            return try isOver(id, after: number)
        } catch ServingError.unavailable {
            return false
        }
    }

    /// Whether nothing more will happen to a job than what is known to a reader.
    private func isOver(_ id: String, after number: Int64) throws -> Bool {
        guard try store.job(id).status.isFinal else { return false }
        return try store.events(after: number, job: id, limit: 1).isEmpty
    }

    /// How far a job that is being painted is.
    public func progress(_ job: Job) -> (step: ReportedStep, left: Double?)? {
        hub.passing(job.id).map { ($0.step, $0.left) }
    }

    /// A preview's PNG file.
    ///
    /// - Throws: `ServingError.notFound` or `gone`.
    public func preview(_ job: String, _ number: Int, for asker: Asker) throws -> Data {
        _ = try self.job(job, for: asker)
        guard let bytes = try kept(job, number) else { throw ServingError.gone("the preview") }
        return bytes
    }

    /// The newest preview of a job, where there is one.
    public func newestPreview(_ job: Job) -> Data? {
        hub.passing(job.id)?.preview.flatMap { try? kept(job.id, $0) }
    }

    private func kept(_ job: String, _ number: Int) throws -> Data? {
        try hub.preview(job, number) ?? store.preview(job, number)
    }

    /// Waits until a job is done.
    ///
    /// - Returns: The job, whatever its end; as it is where the server stops. A store that is not
    ///   reached is waited for.
    public func finished(_ id: String, for asker: Asker) async throws -> Job {
        let feed = try events(after: 0, job: id, for: asker)
        while true {
            do {
                let job = try job(id, for: asker)
                if job.status.isFinal { return job }
            } catch ServingError.unavailable {}
            guard try await feed.next() != nil else { return try self.job(id, for: asker) }
        }
    }
}
