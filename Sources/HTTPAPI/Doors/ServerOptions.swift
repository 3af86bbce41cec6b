/// How the server listens and whom it lets in.
public struct ServerOptions: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 is any that is free.
    public var port = 7860
    /// Names beside the loopback's and ``host`` by which it may be called.
    public var names: [String] = []
    /// Who may ask; empty for anybody who reaches the address.
    public var keys: [AccessKey] = []
    /// Seconds that painting may go on for after the server is asked to stop.
    public var grace = 20.0

    /// What is usual: this machine only, without keys.
    public init() {}

    /// Whether only this machine reaches it.
    public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}
