import ArgumentParser
import Pinxit
import PinxitFiles

/// What the model's weights are changed by, and the words it gets beside its own.
struct LoRAArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Change the weights by this LoRA; FILE:0.8 is how much, FILE:0.8:0.5 the text's too.",
            discussion: """
                May be repeated. A name without a folder is looked for in --lora-dir too. \
                <lora:NAME:0.8> in a prompt does the same.
                """,
            valueName: "file"))
    var lora: [String] = []

    @Option(help: "Where LoRAs are looked for by name (default: Lora, and the present folder).")
    var loraDir: String?

    @Flag(help: "Note what of a LoRA the model has no weight for, in place of refusing it.")
    var loraPartial = false

    @OptionGroup var words: EmbeddingArguments

    /// Those that are not for one prompt only.
    func given() throws -> [LoRA] { try lora.map { try parsed($0) } }

    /// A request without the LoRAs that its prompt names, and all those it is painted with.
    ///
    /// - Parameter given: Those of every request.
    func taken(
        from request: PaintRequest, given: [LoRA]
    ) throws -> (request: PaintRequest, loras: [LoRA]) {
        let (prompt, tags) = try LoRATag.taken(from: request.prompt)
        var request = request
        request.prompt = prompt
        return (request, given + (try named(tags)))
    }

    /// Those that a prompt names.
    func named(_ tags: [LoRATag]) throws -> [LoRA] {
        try tags.map {
            LoRA(
                file: try file($0.name, by: "<lora:\($0.name)>"), weight: $0.weight,
                textWeight: $0.textWeight)
        }
    }

    /// A prompt of another program's picture without the LoRAs that are not there.
    ///
    /// - Returns: The prompt, and which files would be needed.
    func withoutMissing(_ prompt: String) throws -> (prompt: String, notes: [String]) {
        let taken = try LoRATag.taken(from: prompt)
        let missing = try taken.tags.filter { tag in
            do {
                _ = try named([tag])
                return false
            } catch is MissingInput {
                return true
            }
        }
        guard !missing.isEmpty else { return (prompt, []) }
        let kept = taken.tags.filter { !missing.contains($0) }.map {
            UsedLoRA(name: $0.name, weight: $0.weight, textWeight: $0.textWeight, sha256: "").tag
        }
        return (
            ([taken.prompt] + kept).joined(separator: " "),
            missing.map {
                "the LoRA \($0.name) was not found: \($0.name).safetensors is needed (option: "
                    + "--lora-dir)"
            }
        )
    }

    /// Takes the LoRAs a picture was painted with, where none is given.
    ///
    /// - Throws: `UsageError` for one that is not there, or is another file of its name.
    mutating func useWhereNone(_ used: [UsedLoRA], of picture: String) throws {
        guard lora.isEmpty else { return }
        lora = try used.map { used in
            let source = "--from \(picture): the LoRA \(used.name)"
            let path = try file(used.name, by: source)
            let found = LoRA(file: path, weight: used.weight, textWeight: used.textWeight)
            guard try found.used() == used else {
                throw UsageError(
                    "\(source) is another file than \(path): SHA-256 \(used.sha256) is accepted; "
                        + "--lora \(path) takes it all the same")
            }
            return "\(path):\(used.weight):\(used.textWeight)"
        }
    }

    /// `FILE`, `FILE:WEIGHT` or `FILE:WEIGHT:TEXT`; a file's own name may have colons.
    private func parsed(_ text: String) throws -> LoRA {
        let (parts, numbers) = numbersBehindPath(text, atMost: 2)
        let path = try file(parts, of: text)
        return LoRA(
            file: path, weight: numbers.first ?? 1,
            textWeight: numbers.count > 1 ? numbers[1] : nil)
    }

    /// - Throws: `UsageError` where what stands behind a file that is there is no weight.
    private func file(_ parts: [String], of text: String) throws -> String {
        do {
            return try file(parts.joined(separator: ":"), by: "--lora \(text)")
        } catch let error as MissingInput {
            let beginnings = parts.indices.dropFirst().map { parts[..<$0].joined(separator: ":") }
            guard beginnings.contains(where: { (try? file($0, by: "")) != nil }) else {
                throw error
            }
            throw UsageError(
                "--lora \(text): FILE, FILE:WEIGHT or FILE:WEIGHT:TEXT-WEIGHT is accepted, with "
                    + "numbers such as 0.8")
        }
    }

    /// The file that a path or a name stands for.
    private func file(_ name: String, by source: String) throws -> String {
        if name.contains("/") || name.contains("."), fileExists(name) { return name }
        let places = try Self.folders(loraDir.map { [$0] } ?? [])
        guard !name.contains("/"), let found = places.lazy.compactMap({ $0.find(name) }).first
        else {
            throw MissingInput(
                "\(source): is not there; a .safetensors file, or the name of one in "
                    + "\(places[0].path), is accepted"
                    + (loraDir == nil ? " (option: --lora-dir)" : ""))
        }
        return found
    }

    /// Where LoRAs are looked for by name, in order.
    ///
    /// - Parameter given: By `--lora-dir`.
    static func folders(_ given: [String]) throws -> [LoRAFolder] {
        let own =
            given.isEmpty
            ? [LoRAFolder("Lora", isDeep: true), LoRAFolder(".", isDeep: false)]
            : given.map { LoRAFolder($0, isDeep: true) }
        return own + (try ModelLibrary().loraFolders)
    }
}
