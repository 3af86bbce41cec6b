/// What a worker is told to do.
public enum WorkerOrder: Codable, Sendable, Equatable {
    /// Paint a request.
    case paint(PaintOrder)
    /// Stop painting it; a job that is not being painted is no error.
    case cancel(job: String)
}

/// A request to paint.
public struct PaintOrder: Codable, Sendable, Equatable {
    /// The job's name, which every report repeats.
    public var job: String
    /// A `PaintRequest` as JSON, with its pictures.
    public var request: String
    /// Every how many steps the picture so far is reported; nil is never.
    public var previewInterval: Int?
    /// Every how many steps the picture so far is part of what explains it; nil where nothing is
    /// explained.
    public var explainingInterval: Int?

    /// What stands beside the model; nil for nothing.
    public var parts: OrderedParts?
    /// What the model's weights are changed by, in order.
    public var loras: [OrderedLoRA]

    /// An order as it is; the request is checked by the painter.
    public init(
        job: String, request: String, previewInterval: Int? = nil, explainingInterval: Int? = nil,
        parts: OrderedParts? = nil, loras: [OrderedLoRA] = []
    ) {
        self.job = job
        self.request = request
        self.previewInterval = previewInterval
        self.explainingInterval = explainingInterval
        self.parts = parts
        self.loras = loras
    }
}

/// A LoRA that a request is painted with, by its path on this machine.
public struct OrderedLoRA: Codable, Sendable, Equatable {
    /// Its file.
    public var file: String
    /// What its changes of the U-Net are multiplied by.
    public var weight: Double
    /// The same for text encoders.
    public var textWeight: Double

    /// As it is; whether it fits the model is seen when it is loaded.
    public init(file: String, weight: Double, textWeight: Double) {
        self.file = file
        self.weight = weight
        self.textWeight = textWeight
    }
}

/// The networks that a request is painted with beside the model, by their paths on this machine:
/// who serves them knows those, and no client.
public struct OrderedParts: Codable, Sendable, Equatable {
    /// What each of the request's controls is for, in their order.
    public var controlNets: [String]
    /// What sees the picture that is a prompt; nil for nothing.
    public var adapter: String?

    /// Paths as they are; whether they fit the model is seen when they are loaded.
    public init(controlNets: [String] = [], adapter: String? = nil) {
        self.controlNets = controlNets
        self.adapter = adapter
    }
}

/// What a worker reports. Previews and pictures come with the bytes of a PNG file.
public enum WorkerReport: Codable, Sendable, Equatable {
    /// The model is loaded; what it does where a request leaves it open, as a request's JSON.
    case ready(defaults: String?, seconds: Double)
    /// The model cannot be loaded. The worker ends.
    case refused(WorkFailure)
    /// Painting begins; the request with everything filled in, as JSON.
    case started(job: String, settings: String)
    /// A step is done.
    case step(job: String, ReportedStep)
    /// What a picture looks like so far.
    case preview(job: String, ReportedStep)
    /// A picture is finished.
    case picture(job: String, ReportedPicture)
    /// What explains it, as JSON. The bytes are PNG files of steps, one behind the other.
    case explained(job: String, explanation: String, steps: [ReportedStepPicture])
    /// All pictures are finished.
    case finished(job: String, warnings: [String])
    /// Painting ended without all pictures.
    case failed(job: String, WorkFailure)
}

/// How far painting is; all count from 1.
public struct ReportedStep: Codable, Sendable, Equatable {
    /// The picture at hand.
    public var picture: Int
    /// Pictures of the job.
    public var pictures: Int
    /// The step that is done.
    public var step: Int
    /// Steps of a picture.
    public var steps: Int

    /// A step as it is.
    public init(picture: Int, pictures: Int, step: Int, steps: Int) {
        self.picture = picture
        self.pictures = pictures
        self.step = step
        self.steps = steps
    }
}

/// What is told of a picture beside its bytes.
public struct ReportedPicture: Codable, Sendable, Equatable {
    /// Its place in the job, from 1.
    public var number: Int
    /// The seed that paints it alone.
    public var seed: UInt32
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int
    /// What the model's safety checker says of it; nil where it has none.
    public var safety: ReportedSafety?

    /// A picture's facts as they are.
    public init(
        number: Int, seed: UInt32, width: Int, height: Int, safety: ReportedSafety? = nil
    ) {
        self.number = number
        self.seed = seed
        self.width = width
        self.height = height
        self.safety = safety
    }
}

/// How far a picture is above a safety checker's thresholds; what is above 0 is met.
public struct ReportedSafety: Codable, Sendable, Equatable {
    /// Of the concepts that make the others stricter.
    public var special: [Double]
    /// Of the concepts that are looked for.
    public var concepts: [Double]

    /// Scores as they are.
    public init(special: [Double], concepts: [Double]) {
        self.special = special
        self.concepts = concepts
    }

    /// Whether a concept is met.
    public var isFlagged: Bool { concepts.contains { $0 > 0 } }
}

/// The picture of a step, among the bytes of a report.
public struct ReportedStepPicture: Codable, Sendable, Equatable {
    /// From 1.
    public var step: Int
    /// Of its file.
    public var bytes: Int

    /// A step's picture as it is.
    public init(step: Int, bytes: Int) {
        self.step = step
        self.bytes = bytes
    }
}

/// Why something was not painted.
public struct WorkFailure: Error, Codable, Sendable, Equatable {
    /// What kind of failure it is, for programs.
    public enum Code: String, Codable, Sendable, CaseIterable {
        /// The request asks for what the model cannot do.
        case invalidRequest = "invalid_request"
        /// The model's files are wrong or missing.
        case model
        /// A number that is not finite came out.
        case notFinite = "not_finite"
        /// The system gives no more memory.
        case outOfMemory = "out_of_memory"
        /// The worker's process ended, more than once.
        case workerDied = "worker_died"
        /// The policy withholds what came out.
        case blocked
        /// It was asked to stop.
        case interrupted
        /// Anything else.
        case `internal`
    }

    /// For programs.
    public var code: Code
    /// For people: one line.
    public var message: String

    /// A failure as it is.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
