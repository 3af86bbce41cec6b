import Pinxit
import PinxitFiles
import Synchronization

/// A model that is served.
public struct ServedModel: Sendable {
    /// What requests call it.
    public let name: String
    /// Where it is.
    public let path: String
    /// What its folder says.
    public let folder: ModelFolder
    /// The side of its usual pictures, in pixels.
    public let side: Int?
    /// Bytes of its weights.
    public let bytes: Int
    /// What kind of painter it is, in words.
    public let kind: String

    /// - Throws: `PaintError.missingModel`, or `FileError` for the file and field that is wrong.
    public init(name: String, path: String) throws {
        self.name = name
        self.path = path
        folder = try ModelFolder(path)
        let facts = try ModelFacts(folder)
        side = facts.side
        bytes = facts.bytes
        kind = facts.kind
    }

    /// Whether it starts from pictures' latents: image to image, masks.
    public var canEdit: Bool { folder.pipeline.isStableDiffusion }
    /// Whether LoRAs can change its weights.
    public var canTakeLoRAs: Bool { folder.pipeline.family == .diffusion }
    /// Whether it paints what CLIP sees in pictures.
    public var canVary: Bool { canEdit || folder.can(.pictures) }
}

/// The models that are served, the usual one first, and what is known of them.
public final class Catalogue: Sendable {
    /// The usual one first.
    public let models: [ServedModel]
    /// What may stand beside them.
    public let controls: ServedControls
    /// What may change their weights.
    public let loras: ServedLoRAs
    /// Words that models are taught, whichever they go with.
    public let embeddings: [ServedEmbedding]
    private let taught: [String: [ServedEmbedding]]
    private let store: JobStore
    private let defaults = Mutex<[String: JSONValue]>([:])

    init(
        _ models: [ServedModel], _ store: JobStore, controls: [ServedControl] = [],
        loraFolders: [LoRAFolder] = [], embeddings: [ServedEmbedding] = []
    ) throws {
        precondition(!models.isEmpty, "no model is served")
        self.models = models
        self.embeddings = embeddings
        taught = models.reduce(into: [:]) { taught, model in
            taught[model.name] = embeddings.filter { $0.fits(model) }
        }
        self.controls = ServedControls(controls, models)
        loras = ServedLoRAs(loraFolders)
        self.store = store
        var known: [String: JSONValue] = [:]
        for model in models {
            if let json = try store.setting("defaults.\(model.name)") {
                known[model.name] = try? JSONValue(parsing: json)
            }
        }
        defaults.withLock { [known] in $0 = known }
    }

    /// The words that a model is taught.
    public func embeddings(of model: ServedModel) -> [ServedEmbedding] {
        taught[model.name] ?? []
    }

    /// The model of that name.
    public subscript(name: String) -> ServedModel? { models.first { $0.name == name } }

    /// The model that a request means; nil is the usual one.
    ///
    /// - Throws: `ServingError.unknownModel`.
    public func model(_ name: String?) throws(ServingError) -> ServedModel {
        guard let name else { return models[0] }
        guard let model = self[name] else {
            throw .unknownModel(name: name, served: models.map(\.name))
        }
        return model
    }

    /// What a model does where a request leaves it open, as a request's JSON; nil before it was
    /// loaded once.
    public func defaults(_ model: String) -> JSONValue? { defaults.withLock { $0[model] } }

    /// Denoising steps where a request leaves them open; nil for models without steps.
    public func usualSteps(_ model: ServedModel) -> Int? {
        guard model.folder.pipeline.family == .diffusion else { return nil }
        if case .integer(let steps)? = defaults(model.name)?["steps"] { return steps }
        return model.folder.settings.steps
    }

    func learn(_ defaults: String, of model: String) throws {
        self.defaults.withLock { $0[model] = try? JSONValue(parsing: defaults) }
        try store.set("defaults.\(model)", defaults)
    }

    /// Every how many steps a preview is made; nil for never.
    func previewInterval(_ job: Job) -> Int? {
        guard job.previews > 0, let steps = steps(job) else { return nil }
        return max(1, Int((Double(steps) / Double(job.previews + 1)).rounded()))
    }

    /// Every how many steps an explanation has a picture: about a dozen, since each is decoded.
    func explainingInterval(_ job: Job) -> Int { max(1, (steps(job) ?? 1) / 12) }

    /// Denoising steps of a job's pictures; nil for models without.
    private func steps(_ job: Job) -> Int? {
        guard let model = self[job.model], let usual = usualSteps(model) else { return nil }
        if case .integer(let asked)? = (try? JSONValue(parsing: job.request))?["steps"] {
            return asked
        }
        return usual
    }
}
