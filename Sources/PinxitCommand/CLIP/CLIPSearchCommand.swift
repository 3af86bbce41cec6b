import ArgumentParser
import FoundationEssentials
import PinxitCLIP
import PinxitFiles
import PinxitImages
import PinxitTensors

/// `pinxit clip search TEXT FOLDER`: the pictures a text fits best.
struct CLIPSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Finds the pictures of a folder that a text fits best.",
        discussion: "Looks at the PNG and JPEG files of the folder, not of folders in it.")

    @Argument(help: "What to look for.")
    var text: String

    @Argument(help: "A folder with pictures.")
    var folder: String

    @Option(name: [.short, .long], help: "How many to show.")
    var count = 10

    @OptionGroup var options: CLIPOptions

    /// Pictures held in memory at once.
    private static let batch = 64

    func run() async throws {
        try await reportingErrors {
            guard count > 0 else {
                throw UsageError("--count \(count): 1 or more is accepted")
            }
            let files = try files()
            let (model, clip) = try await options.load(reading: [text])
            let text = text
            var found: [(file: String, similarity: Float)] = []
            for start in stride(from: 0, to: files.count, by: Self.batch) {
                let some = pictures(files[start..<min(start + Self.batch, files.count)])
                let scores = await Engine.run {
                    clip.similarities(pictures: some.map(\.picture), texts: [text])
                }
                found += zip(some, scores).map { ($0.file, $1[0]) }
            }
            guard !found.isEmpty else {
                throw FileError(path: folder, problem: "holds no picture that can be read")
            }
            let best = found.sorted { ($0.similarity, $1.file) > ($1.similarity, $0.file) }
                .prefix(count)
            options.show(
                [
                    "model": .string(model), "text": .string(text),
                    "searched": .integer(found.count),
                    "pictures": .array(
                        best.map {
                            [
                                "file": .string($0.file),
                                "similarity": .number(Double($0.similarity)),
                            ]
                        }),
                ], best.map { "\(thousandths($0.similarity))  \($0.file)" })
        }
    }

    private func files() throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw FileError(path: folder, problem: "is no folder that can be read")
        }
        let files = names.sorted().filter { name in
            [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
        }.map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
        guard !files.isEmpty else {
            throw FileError(path: folder, problem: "holds no .png, .jpg or .jpeg file")
        }
        return files
    }

    /// Those that can be read; the others are named.
    private func pictures(_ files: some Sequence<String>) -> [(file: String, picture: Picture)] {
        files.compactMap { file in
            do {
                return (file, try Picture(file: file))
            } catch {
                note("left out: \(error)")
                return nil
            }
        }
    }
}
