import Pinxit

/// How pictures are served.
public struct ServingConfiguration: Sendable {
    /// Where jobs and pictures are kept, where ``store`` is nil.
    public var folder: String
    /// The PostgreSQL database where they are kept, such as `postgresql://user@host/database`.
    public var store: String?
    /// Seconds for which a worker has a job without saying that it is still at it.
    public var lease = JobStore.usualLease
    /// Whether jobs are painted here; others may who share the store.
    public var paints = true
    /// The path of `pinxit`, which paints.
    public var program: String
    /// What its workers are told beside their model.
    public var workerArguments: [String] = []
    /// Models that stay loaded.
    public var mostWarm = 4
    /// What is accepted.
    public var limits = Limits()
    /// How much of the past is kept.
    public var retention = Retention()
    /// How much of what is asked for is refused.
    public var policy = ContentPolicy.Level.standard
    /// Networks that enlarge pictures.
    public var upscalers: [ServedUpscaler] = []
    /// What may stand beside models: ControlNets, T2I-Adapters, IP-Adapters.
    public var controls: [ServedControl] = []
    /// Where LoRAs lie that jobs may name.
    public var loraFolders: [LoRAFolder] = []
    /// Words of textual inversion that prompts may have.
    public var embeddings: [ServedEmbedding] = []
    /// Pixel-steps that each who asks may have in a minute; nil is as many as there are.
    public var rate: Double?
    /// The file that says what the server does, a line of JSON each; `-` is standard error, nil is
    /// none.
    public var log: String?
    /// The file that says who asked for what; nil is none.
    public var audit: String?
    /// Whether prompts are in it.
    public var auditsPrompts = false

    /// What is usual.
    public init(folder: String, program: String) {
        self.folder = folder
        self.program = program
    }
}
