import PinxitFiles
import PinxitWorkers

/// Something that was asked for: pictures of one request, whichever door it came through.
public struct Job: Sendable {
    /// Where a job is on its way.
    public enum Status: String, Sendable, CaseIterable {
        case queued, painting, done, failed, cancelled

        /// Whether nothing more will happen to it.
        public var isFinal: Bool { self != .queued && self != .painting }
    }

    /// Its place in the order of acceptance.
    public let number: Int64
    /// Its name for everybody outside: random, so that nobody guesses another's.
    public let id: String
    /// What it was asked for as: `paint`, `vary`, `edit` and the like.
    public let kind: String
    /// Any text of who asked, to keep jobs together.
    public let group: String?
    /// Where it is.
    public var status: Status
    /// The model's name.
    public let model: String
    /// Who asked.
    public let owner: String
    /// The `PaintRequest` as JSON, its seed decided, with pictures as hashes of the shelf.
    public let request: String
    /// What to paint.
    public let prompt: String
    /// The hash of the picture it starts from.
    public let source: String?
    /// Pictures to paint.
    public let count: Int
    /// The seed of the first.
    public let seed: UInt32
    /// About how many previews of each picture are wanted.
    public let previews: Int
    /// When it was accepted, in seconds since 1970.
    public let created: Double
    /// When painting began last.
    public var started: Double?
    /// When it was done, failed or was cancelled.
    public var finished: Double?
    /// How often painting was begun.
    public var attempts: Int
    /// The request with everything filled in, as JSON; nil before it is begun.
    public var settings: String?
    /// What who asked should know.
    public var warnings: [String]
    /// Why it failed.
    public var failure: WorkFailure?
    /// Whether it is left out of the history until it is kept.
    public var isFleeting: Bool
    /// When it was taken out of the history.
    public var deleted: Double?
    /// What is painted of it, in order.
    public var pictures: [JobPicture] = []

    /// What is asked for as to explain a picture that is there.
    static let explaining = "explain"
    /// Whether it paints ``source`` again to explain it: then it has no pictures of its own.
    public var isExplaining: Bool { kind == Self.explaining }
}

/// A picture of a job, as the shelf has it.
public struct JobPicture: Sendable, Equatable {
    /// Its place in the job, from 1.
    public let number: Int
    /// The SHA-256 of its file.
    public let hash: String
    /// The seed that paints it alone.
    public let seed: UInt32
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// What a safety checker says of it.
    public var safety: ReportedSafety?
}

/// Where a waiting job is.
public struct QueuePlace: Sendable, Equatable {
    /// From 1.
    public let position: Int
    /// Seconds that the jobs before it take, as measured; without what is being painted.
    public let seconds: Double
}

/// Something that happened to a job or the queue, numbered so that whoever lost the connection
/// learns what came meanwhile.
public struct JobEvent: Sendable {
    /// What happened.
    public enum Kind: String, Sendable {
        case queued, started, image, done, failed, cancelled, moved, paused, removed, restored
    }

    /// Counts up, over restarts too.
    public let number: Int64
    /// What happened.
    public let kind: Kind
    /// The job's name; nil for the whole queue.
    public let job: String?
    /// What there is to say beside that, as a JSON object.
    public let detail: String
}
