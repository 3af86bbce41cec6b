import ArgumentParser

/// Whether and how progress is told.
struct ProgressArguments: ParsableArguments {
    @Option(help: "Progress on standard error: bar, json or none (default: a bar on a terminal).")
    var progress: ProgressKind?

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    /// How it is told; nil is a bar where one can be drawn.
    var kind: ProgressKind? { quiet ? ProgressKind.none : progress }
}
