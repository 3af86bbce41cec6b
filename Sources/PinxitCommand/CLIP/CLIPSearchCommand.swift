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
        discussion:
            "Looks at the pictures of the folder (PNG, JPEG, WebP, GIF, BMP), not of folders in it."
    )

    @Argument(help: "What to look for.")
    var text: String

    @Argument(help: "A folder with pictures.")
    var folder: String

    @Option(name: [.short, .long], help: "How many to show.")
    var count = 10

    @OptionGroup var options: CLIPOptions

    /// Pictures embedded at once.
    private static let batch = 64

    func run() async throws {
        try await reportingErrors {
            guard count > 0 else {
                throw UsageError("--count \(count): 1 or more is accepted")
            }
            let files = try files()
            let (model, clip) = try await options.load(reading: [text])
            let found = try await search(files, clip)
            _ = try options.checked(found.map(\.similarity), of: model)
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

    /// The text's similarity to every picture that can be read.
    private func search(
        _ files: [String], _ clip: CLIP
    ) async throws -> [(file: String, similarity: Float)] {
        let text = text
        let place = await Engine.run { clip.embed(texts: [text]) }
        var found: [(file: String, similarity: Float)] = []
        for start in stride(from: 0, to: files.count, by: Self.batch) {
            let some = try prepared(files[start..<min(start + Self.batch, files.count)], clip)
            guard !some.isEmpty else { continue }
            let scores = await Engine.run {
                let places = clip.model.embed(pictures: Tensor(pictures: some.map(\.picture)))
                return matmul(places, place, transposeB: true).floats
            }
            found += zip(some, scores).map { ($0.file, $1) }
        }
        return found
    }

    /// The regular files of the folder that hold pictures or are called like some.
    private func files() throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw FileError(path: folder, problem: "is no folder that can be read")
        }
        let files = names.sorted().map { folder.path($0) }.filter { file in
            guard fileSize(file) != nil else { return false }
            let name = file.lowercased()
            return Picture.readExtensions.contains(where: name.hasSuffix)
                || (try? Picture.isHeld(by: file)) == true
        }
        guard !files.isEmpty else {
            throw FileError(path: folder, problem: "holds no PNG, JPEG, WebP, GIF or BMP file")
        }
        return files
    }

    /// Those that can be read, as the model takes them, so that no other is held; the rest are
    /// named.
    private func prepared(
        _ files: some Sequence<String>, _ clip: CLIP
    ) throws -> [(file: String, picture: Picture)] {
        let preprocessing = clip.model.preprocessing
        return try files.compactMap { file in
            do {
                // Three times what is needed: what is left to the filter is as good as all of it.
                let picture = try options.pictures.read(
                    file, shortSide: 3 * preprocessing.shortSide)
                return (file, preprocessing(picture))
            } catch let error as ImageError {
                note("left out: \(error)")
                return nil
            }
        }
    }
}
