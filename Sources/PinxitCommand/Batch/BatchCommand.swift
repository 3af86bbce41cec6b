import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitImages

/// `pinxit batch jobs.jsonl`: requests from a file, as far as they are not painted yet.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Paints a request a line; run again, it goes on where it was.",
        discussion: """
            A line is a request in JSON, such as {"prompt": "a red apple", "steps": 20, "count": 2}, \
            with "model" for another one. Every finished picture is kept, with a row in batch.jsonl \
            beside it. A job that fails is told, and the others are painted.
            """)

    @Argument(help: "A file of JSON, a request a line; - is standard input.")
    var jobs: String

    @Option(
        name: [.short, .long],
        help: "The folder for pictures and rows (default: the file's name without its ending).")
    var output: String?

    @Option(help: "What pictures are: png, jpg or webp.")
    var format = "png"

    @OptionGroup var progress: ProgressArguments

    @OptionGroup var model: ModelArguments
    @OptionGroup var marks: MarkArguments

    func run() async throws {
        try await reportingErrors {
            guard PictureFormat(name: "." + format) != nil else {
                throw UsageError("--format \(format): png, jpg or webp is accepted")
            }
            try refuseNumbers()
            let folder = output ?? (jobs == "-" ? "batch" : jobs.withoutLastExtension)
            try await BatchRun(
                jobs: try read(), folder: folder, log: "batch.jsonl", ending: "." + format,
                marks: try marks.marks, progress: progress.kind, tells: true
            ).run()
        }
    }

    /// A job says itself how strongly it is held to its pictures, or is like one.
    private func refuseNumbers() throws {
        for net in try model.controlNets() where net.scale != 1 || net.part != 0...1 {
            throw UsageError(
                "--controlnet \(net.name): a job's \"controls\" say how much; "
                    + "--controlnet PATH alone is accepted")
        }
        if let adapter = model.adapter, adapter.scale != nil {
            throw UsageError(
                "--ip-adapter \(adapter.path): a job's \"image_prompt_scale\" says how "
                    + "much; --ip-adapter FILE alone is accepted")
        }
    }

    /// All lines, before anything is painted.
    private func read() throws -> [BatchJob] {
        var (jobs, before) = ([BatchJob](), [String: Int]())
        for (index, line) in try PromptLines.read(self.jobs).enumerated() {
            do {
                let job = try PaintJob(json: line)
                var model = model
                if let named = job.model { model.model = named }
                try job.request.check()
                // The same in other spelling is the same.
                let asked = try job.request.json(picturesAsDigests: true) + "\n\(model.identity)"
                let repetition = before[asked, default: 0]
                before[asked] = repetition + 1
                jobs.append(
                    try BatchJob(number: index + 1, job.request, model, repetition: repetition))
            } catch let error as PaintError {
                throw UsageError("\(self.jobs): job \(index + 1): \(error)")
            }
        }
        return jobs
    }
}

extension String {
    /// Without what follows the last dot of the last part; with `-pictures` where there is none.
    fileprivate var withoutLastExtension: String {
        guard lastPathPart.dropFirst().contains("."), let dot = lastIndex(of: ".") else {
            return self + "-pictures"
        }
        return String(self[..<dot])
    }
}
