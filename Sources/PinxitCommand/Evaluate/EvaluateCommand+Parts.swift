import FoundationEssentials
import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitPlatform

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
        let own = try weightFiles(in: evaluator)
        for painter in painters {
            for file in try ModelFacts(painter).weights
            where try own.contains(where: { try haveEqualBytes($0, file) }) {
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
            file: config ?? Shelves.recipe("evaluation.json"))
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

/// The safetensors files of a folder.
private func weightFiles(in folder: String) throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.map { "\(folder)/\($0)" }
}

private func haveEqualBytes(_ a: String, _ b: String) throws -> Bool {
    let (one, other) = (try MappedFile(path: a), try MappedFile(path: b))
    guard one.bytes.count == other.bytes.count else { return false }
    return one.withBytes { bytes in
        other.withBytes { memcmp(bytes.baseAddress!, $0.baseAddress!, bytes.count) == 0 }
    }
}
