import ArgumentParser
import FoundationEssentials
import Pinxit
import PinxitFiles

/// `pinxit serve`: the playground and the APIs. The server is a program of its own, which lies
/// beside this one: who only paints does not build it.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the playground and the image APIs; prints the address.",
        discussion: """
            Every model that pinxit models lists is served, or those that --model names. What is \
            asked for is kept until it is painted, also where the server is killed. Only this \
            machine reaches it, unless --host says otherwise; then --key-file or --insecure is \
            needed. Ctrl-C finishes the picture at hand.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 is any that is free.")
    var port = 7860

    @Option(
        name: [.short, .long],
        help: "Serve this model, a name, folder or file; may be repeated, the first is the usual.")
    var model: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where jobs and pictures are kept (default: pinxit in $XDG_DATA_HOME).",
            valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Keep them in this PostgreSQL database instead, which other servers and workers share.",
            discussion: "Such as postgresql://pinxit@db.example.org/pinxit; needs libpq.",
            valueName: "address"))
    var store: String?

    @Flag(help: "Leave painting to pinxit worker, on this machine or others.")
    var noPainting = false

    @Option(help: ArgumentHelp("Let in who has a key of this file, one a line.", valueName: "file"))
    var keyFile: String?

    @Flag(help: "Listen on another address without keys.")
    var insecure = false

    @Option(help: ArgumentHelp("Another name it is called by, as a proxy does.", valueName: "host"))
    var serverName: [String] = []

    @Option(help: "Jobs that may wait.")
    var queue = 64

    @Option(
        help: ArgumentHelp(
            "What is not painted: off, low, standard, strict; see Documentation/Serving.md.",
            valueName: "level"))
    var policy = "standard"

    @Option(
        help: ArgumentHelp(
            "Paint at most so many million pixel-steps a minute for each key or address.",
            discussion: "A picture of 512x512 in 20 steps has 5.2 million.", valueName: "number"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Write who asked for what into this file, without prompts.", valueName: "file"))
    var audit: String?

    @Flag(help: "Write prompts into the file of --audit, too.")
    var auditPrompts = false

    @OptionGroup var workers: WorkerArguments

    func run() async throws {
        try await reportingErrors {
            let isLoopback = ["127.0.0.1", "::1", "localhost"].contains(host)
            guard isLoopback || keyFile != nil || insecure else {
                throw UsageError(
                    "--host \(host) lets others in: --key-file FILE, or --insecure, is needed")
            }
            guard (0...65535).contains(port) else {
                throw UsageError("--port \(port): 0 to 65535 is accepted")
            }
            guard (1...1_000_000).contains(queue) else {
                throw UsageError("--queue \(queue): 1 to 1000000 is accepted")
            }
            try ServerProgram.check(policy: policy)
            guard rate ?? 1 > 0, rate?.isFinite != false else {
                throw UsageError("--rate \(rate ?? 0): a number above 0 is accepted")
            }
            guard audit != nil || !auditPrompts else {
                throw UsageError("--audit-prompts goes with --audit FILE")
            }
            guard store == nil || data == nil else {
                throw UsageError("--data goes without --store: a database has everything")
            }
            guard store != nil || !noPainting else {
                throw UsageError("--no-painting goes with --store: workers paint from there")
            }
            try ServerProgram.execute(try arguments())
        }
    }

    private func arguments() throws -> [String] {
        var arguments = [
            "--host", host, "--port", "\(port)", "--program", try ServerProgram.own(),
            "--queue", "\(queue)", "--policy", policy,
        ]
        arguments += try store.map { ["--store", $0] } ?? ["--data", try folder()]
        if noPainting { arguments.append("--no-painting") }
        for path in try ServerProgram.models(model) { arguments += ["--model", path] }
        let library = try ModelLibrary()
        for path in library.upscalers { arguments += ["--upscaler", path] }
        for path in library.controls { arguments += ["--control", path] }
        if let keyFile { arguments += ["--keys", keyFile] }
        if let rate { arguments += ["--rate", "\(rate)"] }
        if let audit { arguments += ["--audit", audit] }
        if auditPrompts { arguments.append("--audit-prompts") }
        for name in serverName { arguments += ["--name", name] }
        return try arguments + workers.words()
    }

    private func folder() throws -> String {
        if let data { return data.hasPrefix("/") ? data : ServerProgram.present.path(data) }
        let environment = ProcessInfo.processInfo.environment
        if let shared = environment["XDG_DATA_HOME"], !shared.isEmpty {
            return shared.path("pinxit")
        }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw UsageError("--data FOLDER is needed, since HOME is not set")
        }
        return home.path(".local/share/pinxit")
    }
}
