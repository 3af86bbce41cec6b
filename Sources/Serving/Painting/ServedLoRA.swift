import Pinxit
import PinxitFiles

/// A LoRA that jobs may name.
public struct ServedLoRA: Sendable {
    /// The file's name without its ending, which is what requests and pictures call it.
    public let name: String
    /// What its training called it, as AUTOMATIC1111's web UI knows it; else the name.
    public let alias: String
    /// The file's name.
    public let file: String
    /// The family of models it is for, in words; nil where nothing tells.
    public let family: String?
    let path: String
    let bytes: Int
    private let facts: LoRAFacts

    /// - Throws: `FileError` for a file that is broken or changes no weight.
    init(path: String, bytes: Int) throws(FileError) {
        self.path = path
        self.bytes = bytes
        let facts = try LoRAFacts(path)
        self.facts = facts.withoutMetadata
        file = path.lastPathPart
        name = LoRA(file: path).name
        alias = facts.metadata["ss_output_name"].flatMap { $0.isEmpty ? nil : $0 } ?? name
        family = facts.family
    }

    /// What the file says of itself, which is read anew; empty where it is not there any more.
    public var metadata: [String: String] { (try? LoRAFacts(path))?.metadata ?? [:] }

    /// Why it does not go with a model, in words that follow its name; nil where nothing speaks
    /// against it.
    func misfit(with model: ServedModel) -> String? { facts.misfit(with: model.folder) }
}
