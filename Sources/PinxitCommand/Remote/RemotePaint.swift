import ArgumentParser
import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages

/// Where to paint, if not here.
struct RemoteArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Paint on this pinxit serve, http://HOST:PORT; the files are the same.",
            valueName: "address"))
    var remote: String?

    @Option(help: "The key that lets into the server of --remote (default: $PINXIT_KEY).")
    var key: String?

    /// The server; nil where it is painted here.
    func server() throws -> RemoteServer? {
        guard let remote else {
            if key != nil { throw UsageError("--key goes with --remote") }
            return nil
        }
        return RemoteServer(
            address: try ServerAddress(remote),
            key: key ?? ProcessInfo.processInfo.environment["PINXIT_KEY"])
    }
}

/// Requests that a server elsewhere paints, and whose pictures are written here as if they had been
/// painted here.
struct RemotePaint: Sendable {
    /// Seconds for which a server that went away is waited for.
    private static let patience = 60

    let server: RemoteServer
    let requests: [PaintRequest]
    let model: ModelArguments
    let output: OutputArguments
    let notes: [String]

    func run() async throws {
        try refuseWhatIsHere()
        let pattern = try OutputPattern(
            output.isPiped ? OutputPattern.usual : output.output ?? OutputPattern.usual)
        // Before anybody paints for nothing.
        for request in requests where !output.isPiped {
            try pattern.check(prompt: request.shown, count: request.count)
        }
        let telling = ProgressTelling(output.progress.kind)
        for note in notes { telling.warning(note) }
        try await interruptible {
            var (paths, counted): ([String], Int) = ([], 0)
            for asked in requests {
                // Files are named by prompts without tags.
                let (prompt, tags) = try LoRATag.taken(from: asked.prompt)
                var request = asked
                request.prompt = prompt
                let writer = PictureWriter(
                    pattern: pattern, request: request, taken: paths, counted: counted,
                    marks: PictureMarks())
                defer { telling.clear() }
                try await paint(request, tags, writer, telling)
                paths = writer.paths
                counted += request.pictures
            }
        }
    }

    /// What is done by the program that paints cannot be asked of another.
    private func refuseWhatIsHere() throws {
        let changes = model.changes
        let marks = output.marks
        for (name, isGiven) in [
            ("--grid", output.grid), ("--previews", output.previews != nil),
            ("--explain", output.explain != nil), ("--json", output.json),
            ("--check-numerics", output.checkNumerics),
            ("--dump-latents", output.dumpLatents != nil), ("--label", marks.label != nil),
            ("--c2pa", !marks.c2pa.isEmpty), ("--no-metadata", marks.noMetadata),
            ("--vae", model.vae != nil),
            ("--unet", model.unet != nil), ("--refiner", model.refiner != nil),
            ("--upscaler", model.upscaler != nil), ("--image-encoder", model.imageEncoder != nil),
            ("--lora-dir", changes.loraDir != nil), ("--lora-partial", changes.loraPartial),
            ("--embedding", !changes.words.embedding.isEmpty), ("--low-memory", model.lowMemory),
            ("--threads", model.threads.threads != nil), ("--verbose", output.verbose),
            ("--producer", marks.producer != nil),
        ] where isGiven {
            throw UsageError("\(name) goes without --remote: it is for pictures painted here")
        }
        guard !requests.contains(where: \.isAnimation) else {
            throw UsageError("--interpolate goes without --remote")
        }
        try output.checkPiped(requests)
    }

    private func paint(
        _ request: PaintRequest, _ tags: [LoRATag], _ writer: PictureWriter,
        _ telling: ProgressTelling
    ) async throws {
        let accepted = try await server.submit(try body(request, tags)) {
            telling.warning($0)
        }
        guard let job = accepted["id"]?.text else {
            throw RemoteFailure("\(server.address.text): it is not pinxit serve")
        }
        do {
            try await follow(job, writer, telling)
        } catch {
            // Where the server is away, the job waits for it. Nobody waits for any other.
            if !(error is RemoteFailure) {
                _ = try? server.ask("POST", "/api/v1/jobs/\(job)/cancel", [:])
            }
            throw error
        }
    }

    /// Takes what happens to a job until it is over; a server that is started again goes on.
    private func follow(
        _ job: String, _ writer: PictureWriter, _ telling: ProgressTelling
    ) async throws {
        var last = 0
        var attempts = 0
        while true {
            do {
                let isOver = try server.follow(job, after: &last) { name, data in
                    // A server may greet and end, again and again.
                    if name != "hello" { attempts = 0 }
                    return try take(name, data, writer, telling)
                }
                if isOver { return }
            } catch let error as RemoteFailure {
                guard attempts < Self.patience else {
                    throw RemoteFailure(
                        "\(error); the job \(job) is kept there, and painted when it is back")
                }
            }
            if attempts == 0 { telling.warning("the server went away; trying again") }
            attempts += 1
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// - Returns: Whether the job is over.
    private func take(
        _ name: String, _ data: JSONValue, _ writer: PictureWriter, _ telling: ProgressTelling
    ) throws -> Bool {
        switch name {
        case "step": telling.remoteStep(data)
        case "image":
            guard let hash = data["hash"]?.text, let seed = data["seed"]?.whole,
                let number = data["number"]?.whole
            else { return false }
            try write(
                try server.picture(hash), UInt32(truncatingIfNeeded: seed), number, writer, telling)
        case "done":
            if case .array(let warnings)? = data["warnings"] {
                for warning in warnings.compactMap(\.text) { telling.warning(warning) }
            }
            return true
        case "failed":
            let message = data["error"]?["message"]?.text ?? "it could not be painted"
            throw data["error"]?["code"]?.text == "invalid_request"
                ? UsageError(message) : PaintingFailed("\(server.address.text): \(message)")
        case "cancelled", "removed":
            throw PaintingFailed("\(server.address.text): the job was cancelled there")
        default: break
        }
        return false
    }

    private func write(
        _ bytes: Data, _ seed: UInt32, _ number: Int, _ writer: PictureWriter,
        _ telling: ProgressTelling
    ) throws {
        if output.isPiped { return try writeToStandardOutput(bytes) }
        let picture = try Picture(encoded: bytes, name: "the server's picture").rgb()
        let texts = try Picture.texts(encoded: bytes, name: "the server's picture")
        try writer.write(picture, seed: seed, index: writer.counted + number, texts: texts)
        telling.clear()
        guard let path = writer.ownPaths.last else { return }
        telling.written(path)
        guard !isStandardOutput(path) else { return }
        print(path)
        try flushStandardOutput()
    }
}

/// What a server began and did not finish.
struct PaintingFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
