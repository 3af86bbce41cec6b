import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitHTTPAPI
import PinxitPlatform
import PinxitServing

/// `pinxit-server`: what `pinxit serve` starts, with everything it found out as options.
@main
struct PinxitServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinxit-server",
        abstract: "Serves pictures; pinxit serve starts it and knows where models are.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 is any that is free.")
    var port = 7860

    @Option(help: "The folder where jobs and pictures are kept.")
    var data: String?

    @Option(help: "The PostgreSQL database where they are kept, in place of a folder.")
    var store: String?

    @Option(help: "Seconds after which a worker that says nothing is taken for lost.")
    var lease = JobStore.usualLease

    @Flag(help: "Leave painting to others with the same store.")
    var noPainting = false

    @Flag(help: "Only paint what others with the same store accept.")
    var noServing = false

    @Option(help: "The program that paints.")
    var program: String

    @Option(help: "A model, NAME=PATH; the first is the usual one.")
    var model: [String]

    @Option(help: "The file of the keys that let in.")
    var keys: String?

    @Option(help: "Another name by which the server may be called.")
    var name: [String] = []

    @Option(help: "Jobs that may wait.")
    var queue: Int?

    @Option(help: "How much of what is asked for is refused.")
    var policy = ContentPolicy.Level.standard

    @Option(help: "A network that enlarges pictures, NAME=PATH.")
    var upscaler: [String] = []

    @Option(help: "A ControlNet, T2I-Adapter or IP-Adapter that jobs may name, NAME=PATH.")
    var control: [String] = []

    @Option(
        help: "A folder of LoRAs that jobs may name, with those below it; flat=PATH without those.")
    var loraDir: [String] = []

    @Option(help: "A file of textual inversion, whose word prompts may have.")
    var embedding: [String] = []

    @Option(help: "Million pixel-steps a minute for each key or address.")
    var rate: Double?

    @Option(help: "The file that says who asked for what.")
    var audit: String?

    @Flag(help: "Have prompts in it.")
    var auditPrompts = false

    @Option(help: "The file that says what the server does, in JSON; - is standard error.")
    var log: String?

    @Option(help: "Days after which a job is forgotten.")
    var keepDays: Double?

    @Option(help: "Finished jobs that are kept.")
    var keepJobs: Int?

    @Option(help: "Gibibytes of files that are kept.")
    var keepGigabytes: Double?

    @Option(help: "Seconds to finish what is being painted, once asked to stop.")
    var grace = 20.0

    @Option(parsing: .unconditionalSingleValue, help: "What workers are told beside their model.")
    var workerArgument: [String] = []

    func run() async throws {
        // A connection that is gone is an error of writing, not the end.
        signal(SIGPIPE, SIG_IGN)
        do {
            guard store != nil else { return try await serve() }
            try await withTaskExecutorPreference(WaitingExecutor(threads: 32)) { try await serve() }
        } catch ServingError.unavailable(let problem) {
            writeToStandardError("error: the store is not reached: \(problem)\n")
            throw ExitCode(69)
        } catch let error as ServingError {
            writeToStandardError("error: \(error)\n")
            throw ExitCode(64)
        } catch let error as FileError {
            writeToStandardError("error: \(error)\n")
            guard error.access != .writing else { throw ExitCode(73) }
            throw ExitCode(fileExists(error.path) ? 65 : 66)
        } catch let failure as ListeningFailure {
            let reason = String(cString: strerror(failure.code))
            writeToStandardError(
                "error: \(host):\(port): the server cannot listen there (\(reason)); "
                    + "another --port is accepted, 0 for any that is free\n")
            throw ExitCode(69)
        } catch {
            writeToStandardError("error: \(error)\n")
            throw ExitCode(69)
        }
    }

    private func serve() async throws {
        guard (data == nil) != (store == nil), store != nil || !noPainting && !noServing else {
            throw ValidationError("--data FOLDER or --store ADDRESS is needed")
        }
        var configuration = ServingConfiguration(folder: data ?? "", program: program)
        (configuration.store, configuration.lease) = (store, lease)
        configuration.paints = !noPainting
        configuration.workerArguments = workerArgument
        configuration.policy = policy
        configuration.upscalers = upscaler.map { text in
            let (name, path) = Self.named(text)
            return ServedUpscaler(name: name, path: path)
        }
        configuration.controls = control.compactMap { Self.control($0) }
        configuration.embeddings = embedding.compactMap { path in
            Self.orNote(path) { try ServedEmbedding(path: path) }
        }
        configuration.loraFolders = loraDir.map { text in
            let isFlat = text.hasPrefix("flat=")
            return LoRAFolder(isFlat ? String(text.dropFirst(5)) : text, isDeep: !isFlat)
        }
        configuration.rate = rate.map { $0 * 1e6 }
        configuration.log = log
        (configuration.audit, configuration.auditsPrompts) = (audit, auditPrompts)
        if let queue { configuration.limits.queue = queue }
        if let keepDays { configuration.retention.days = keepDays }
        if let keepJobs { configuration.retention.jobs = keepJobs }
        if let keepGigabytes {
            configuration.retention.bytes = Int(keepGigabytes * Double(1 << 30))
        }
        var options = ServerOptions()
        (options.host, options.port, options.names) = (host, port, name)
        options.keys = try keys.map { try AccessKey.read($0) } ?? []
        options.grace = grace
        let models = try model.map { text in
            let (name, path) = Self.named(text)
            return try ServedModel(name: name, path: path)
        }
        let service = try PaintService(configuration, models: models)
        if noServing {
            print("painting")
            fflush(nil)
            return try await PictureServer.paint(service, grace: grace)
        }
        let host = host.contains(":") ? "[\(host)]" : host
        try await PictureServer(service, options).run { port in
            print("http://\(host):\(port)")
            fflush(nil)
        }
    }

    /// `NAME=PATH`.
    private static func named(_ text: String) -> (name: String, path: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        return (parts[0], parts[parts.count - 1])
    }

    private static func control(_ text: String) -> ServedControl? {
        let (name, path) = named(text)
        return orNote(name) { try ServedControl(name: name, path: path) }
    }

    /// Nil for a file that cannot be served, which is no reason not to serve others.
    private static func orNote<Served>(_ name: String, _ open: () throws -> Served) -> Served? {
        do {
            return try open()
        } catch {
            writeToStandardError("note: \(name) is left out: \(error)\n")
            return nil
        }
    }
}

extension ContentPolicy.Level: ExpressibleByArgument {}
