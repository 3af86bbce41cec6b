/// What is accepted of whoever asks.
public struct Limits: Sendable {
    /// Pictures of a job.
    public var count = 10
    /// Jobs that wait.
    public var queue = 64
    /// Characters of a prompt.
    public var prompt = 32_000
    /// Pixels of a picture to paint.
    public var pixels = 4 << 20
    /// Denoising steps.
    public var steps = 150
    /// Networks that hold a painting to pictures, at once.
    public var controls = 4
    /// LoRAs that a model is changed by, at once.
    public var loras = 16
    /// Bytes of an uploaded picture.
    public var upload = 50 << 20
    /// Bytes of a request in JSON, with its pictures.
    public var json = 32 << 20

    /// What is usual.
    public init() {}
}
