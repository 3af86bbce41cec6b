import ArgumentParser
import PinxitFiles

/// How the processes that paint do so, for `pinxit serve` and `pinxit worker` alike.
struct WorkerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where LoRAs lie that may be asked for by name (default: Lora, and the present folder).",
            discussion: "May be repeated. Folders of the library are looked through, too.",
            valueName: "folder"))
    var loraDir: [String] = []

    @Option(
        help: ArgumentHelp(
            "Let prompts have this file's word (textual inversion); may be repeated.",
            discussion: "Those in embeddings of the library are there, too.", valueName: "file"))
    var embedding: [String] = []

    @Flag(help: "Note what of a LoRA the model has no weight for, in place of refusing it.")
    var loraPartial = false

    @Option(
        help: ArgumentHelp(
            "Write what it does into this file, a line of JSON each; - is standard error.",
            discussion: "Requests and what became of jobs, without prompts.", valueName: "file"))
    var log: String?

    @OptionGroup var keeping: KeepArguments
    @OptionGroup var marks: MarkArguments
    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Keep weights in their files: little memory, the same picture, slower steps.")
    var lowMemory = false

    /// Words of textual inversion, as the server is told of them.
    private func learnt() throws -> [String] {
        let named = try embedding.map { name in
            let path = try EmbeddingArguments.embeddingFile(name, by: "--embedding \(name)")
            return path.hasPrefix("/") ? path : ServerProgram.present.path(path)
        }
        let others = try ModelLibrary().embeddings.filter { !named.contains($0) }
        return (named + others).flatMap { ["--embedding", $0] }
    }

    /// What the server is told of them, and what it hands on.
    ///
    /// - Throws: `MissingInput` for a folder or file that is not there.
    func words() throws -> [String] {
        // What cannot be written is said before anything is painted.
        _ = try marks.marks
        var words = marks.words
        if loraPartial { words.append("--lora-partial") }
        if let threads = threads.threads { words += ["--threads", "\(threads)"] }
        if lowMemory { words.append("--low-memory") }
        return try ServerProgram.loraFolders(loraDir) + learnt() + keeping.words()
            + (log.map { ["--log", $0] } ?? [])
            + words.flatMap { ["--worker-argument", $0] }
    }
}
