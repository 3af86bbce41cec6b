import PinxitFiles

/// What an adapter's file tells by names and shapes: its weights are not read.
package struct AdapterOutline: Sendable {
    /// The header's strings, where the file has some.
    package var metadata: [String: String]
    private let family: AdapterFamily?

    /// The family of models it is for, in words; nil where nothing tells.
    package var familyTitle: String? { family?.title }

    /// Features of the text states that its U-Net attends to; nil where nothing tells.
    package var context: Int? {
        if case .stableDiffusion(let context)? = family { context } else { nil }
    }

    /// - Throws: `FileError` for a file that is broken, or changes no weight by its names.
    package init(file path: String) throws(FileError) {
        let file = try CheckpointFile(path: path)
        var (modules, widths) = (Set<String>(), [String: Int]())
        var isAdapter = false
        for (key, entry) in file.entries {
            if BundledWords.isPart(key) { isAdapter = true }
            guard let parsed = AdapterKey(key, isThere: { file.entries[$0] != nil }) else {
                continue
            }
            let changes = parsed.part.changes(bias: true) || parsed.part.changes(bias: false)
            isAdapter = isAdapter || changes
            modules.insert(parsed.module)
            if parsed.part == .down, entry.shape.count > 1 {
                widths[parsed.module] = entry.shape[1]
            }
        }
        guard isAdapter else {
            throw FileError(path: path, problem: "changes no weight: no LoRA or kin of it is in it")
        }
        metadata = file.metadata
        family = AdapterFamily(modules.lazy.map { (spelling: $0, inputWidth: widths[$0]) })
    }
}
