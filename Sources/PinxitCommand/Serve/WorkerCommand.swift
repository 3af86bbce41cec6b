import ArgumentParser

/// `pinxit worker`: paints what servers accept that share a database with it.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Paints what servers accept that keep their jobs in a PostgreSQL database.",
        discussion: """
            Jobs are taken for every model that pinxit models lists, or for those that --model \
            names. As many workers as there are may share a database, on any machines, and any of \
            them may be killed: what it was at is painted by another. Ctrl-C finishes the picture \
            at hand.
            """)

    @Option(
        help: ArgumentHelp(
            "The database, as pinxit serve --store has it; needs libpq.", valueName: "address"))
    var store: String

    @Option(
        name: [.short, .long],
        help: "Paint with this model, a name, folder or file; may be repeated.")
    var model: [String] = []

    @Option(
        help: ArgumentHelp(
            "Whether flagged pictures are withheld: off, low, standard, strict.",
            valueName: "level"))
    var policy = "standard"

    @OptionGroup var workers: WorkerArguments

    func run() async throws {
        try await reportingErrors {
            try ServerProgram.check(policy: policy)
            var arguments = [
                "--no-serving", "--store", store, "--program", try ServerProgram.own(),
                "--policy", policy,
            ]
            for path in try ServerProgram.models(model) { arguments += ["--model", path] }
            for path in try ModelLibrary().controls { arguments += ["--control", path] }
            arguments += try workers.words()
            try ServerProgram.execute(arguments)
        }
    }
}
