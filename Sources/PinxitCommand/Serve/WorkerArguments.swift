import ArgumentParser

/// How the processes that paint do so, for `pinxit serve` and `pinxit worker` alike.
struct WorkerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where LoRAs lie that may be asked for by name (default: Lora, and the present folder).",
            discussion: "May be repeated. Folders of the library are looked through, too.",
            valueName: "folder"))
    var loraDir: [String] = []

    @Flag(help: "Note what of a LoRA the model has no weight for, in place of refusing it.")
    var loraPartial = false

    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Keep weights in their files: little memory, the same picture, slower steps.")
    var lowMemory = false

    /// What the server is told of them, and what it hands on.
    ///
    /// - Throws: `MissingInput` for a folder that is not there.
    func words() throws -> [String] {
        var words: [String] = []
        if loraPartial { words.append("--lora-partial") }
        if let threads = threads.threads { words += ["--threads", "\(threads)"] }
        if lowMemory { words.append("--low-memory") }
        return try ServerProgram.loraFolders(loraDir)
            + words.flatMap { ["--worker-argument", $0] }
    }
}
