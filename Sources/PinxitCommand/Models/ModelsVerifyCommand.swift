import ArgumentParser
import Pinxit
import PinxitFiles

/// `pinxit models verify`: whether a model can be loaded and holds numbers only.
struct ModelsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Loads a model, and looks for weights that are not finite.",
        discussion: "Of a U-Net, a VAE, a LoRA or the like the numbers alone are looked at.")

    @Argument(help: "A model's folder, single file or name, or the file of a part of one.")
    var model: String

    @Option(name: .customLong("sha256"), help: "What the single file's digest must be.")
    var digest: String?

    func run() async throws {
        try await reportingErrors {
            let path = try ModelSearch.named(model, by: "MODEL")
            let inspection = try await ModelInspection(path)
            if let digest {
                guard inspection.files.count == 1 else {
                    throw UsageError("--sha256 is for a model in one file")
                }
                guard inspection.files[0].sha256 == digest.lowercased() else {
                    throw FileError(
                        path: path,
                        problem: "has the digest \(inspection.files[0].sha256), not \(digest)")
                }
            }
            if let first = inspection.nonFinite.first {
                throw FileError(
                    path: path, field: first,
                    problem: "holds numbers that are not finite, as do "
                        + "\(inspection.nonFinite.count - 1) other tensors")
            }
            guard inspection.isModel else {
                return print("\(path): whole, every number is finite (\(inspection.kind))")
            }
            let painter = try await Painter(folder: path)
            for text in painter.notes { note("note: \(text)") }
            print("\(path): whole")
        }
    }
}
