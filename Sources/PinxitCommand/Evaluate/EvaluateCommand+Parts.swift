import FoundationEssentials
import Pinxit
import PinxitCheckpoints
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitTensors

extension EvaluateCommand {
    /// Prints what was found of one model, and writes it with pictures into ``output``.
    func tell(
        _ report: JSONValue, in name: String = "evaluation.json", table: String,
        sheets: () throws -> [(name: String, Picture?)]
    ) throws {
        if let output {
            let sheets = try sheets()
            // Of one model, whenever the command is stopped.
            try Unfinished.whole {
                try writing { try JSONFile.write(report, to: output.path(name)) }
                for (name, sheet) in sheets { try sheet?.write(to: output.path(name)) }
            }
            noteMissingFont()
        }
        print(json ? report.encoded() : table)
    }

    /// Makes the folder of `--output`, where it is given, before anything is painted.
    ///
    /// - Parameter name: The report that will be written.
    /// - Throws: `FileError` where it cannot be.
    func makeOutput(_ name: String = "evaluation.json") throws {
        if let output { try makeFolder(output, for: name) }
    }

    func makeFolder(_ folder: String, for name: String) throws {
        try writing { try PinxitFiles.makeFolder(folder) }
        try checkWritable(folder.path(name))
    }

    /// - Throws: `UsageError` where a painter holds the evaluator's own weights.
    func embedder(_ painters: [ModelFolder]) async throws -> CLIPEmbedder? {
        guard let evaluator = try evaluator.map({ try ModelSearch.clip($0, by: "--evaluator") })
        else { return nil }
        let embedder = try await CLIPEmbedder(folder: evaluator)
        let own = try await towers(try Component(path: evaluator).weightsPath())
        for painter in painters {
            for file in try ModelFacts(painter).weights {
                let others = try await towers(file)
                guard others.contains(where: { own[$0.key] == $0.value }) else { continue }
                throw UsageError(
                    "--evaluator \(evaluator): \(file) holds the same weights; a CLIP that no "
                        + "painter has learnt from is accepted")
            }
        }
        return embedder
    }

    /// - Parameter isOfFolder: Whether ``count`` is of captions, not of each attribute.
    func settings(ofFolder isOfFolder: Bool = false) throws -> EvaluationConfiguration {
        var settings = try EvaluationConfiguration(
            file: Shelves.recipe(asked: config, usual: "evaluation.json"))
        if let count {
            guard (1...100_000).contains(count) else {
                throw UsageError("--count \(count): 1 to 100000 is accepted")
            }
            if isOfFolder { settings.prompts = count } else { settings.count = count }
        }
        // The short form asks so many of each attribute.
        if short || count != nil { settings.whole = nil }
        return settings
    }
}

/// What tells CLIP's towers apart, by what follows the model's prefix in a tensor's name: numbers
/// that have learnt, in f16 whatever they are stored in.
@Engine
private func towers(_ file: String) throws -> [String: [Float]] {
    let ends = ["text_model", "vision_model"].map { "\($0).embeddings.position_embedding.weight" }
    let found = try CheckpointFile(path: file).tensors { name in
        ends.contains { name == $0 || name.hasSuffix("." + $0) }
    }
    return Dictionary(
        found.compactMap { name, tensor in
            ends.first { name.hasSuffix($0) }.map { ($0, tensor.cast(to: .f16).floats) }
        }, uniquingKeysWith: { first, _ in first })
}
