import ArgumentParser
import PinxitCLIP
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitTensors

/// `pinxit dataset caption FOLDER`: texts beside pictures that have none, from words that a CLIP
/// chooses among.
struct DatasetCaptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caption",
        abstract: "Writes captions for pictures without any: the nearest of your words, by a CLIP.",
        discussion: """
            For each picture of which nothing says what it shows, the words nearest to it in a \
            CLIP's space become a .txt beside it. This is no description: the CLIP only chooses \
            among the words it is given, one of which is always nearest, however wrong. Look \
            through the texts before a model learns from them; --dry-run writes none. Texts that \
            are there stay as they are.
            """)

    @Argument(help: "The folder of pictures.")
    var folder: String

    @Option(help: "A file of words or sentences to choose among, one a line.")
    var words: String

    @Option(help: "The CLIP's folder, or its name in Models (default: pinxit-clip).")
    var clip: String?

    @Option(help: "The caption, with what was chosen at the braces, such as \"a photo of a {}\".")
    var template = "{}"

    @Option(help: "How many words are chosen for a picture, with commas between.")
    var count = 1

    @Flag(help: "Only print what would be written.")
    var dryRun = false

    @Flag(help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var threads: ThreadArguments

    func validate() throws {
        guard template.contains("{}") else {
            throw ValidationError("--template \(template): a sentence with {} is accepted")
        }
        guard (1...100).contains(count) else {
            throw ValidationError("--count \(count): 1 to 100 is accepted")
        }
    }

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            let words = try PromptLines.read(words)
            guard words.count > count else {
                throw UsageError(
                    "--words \(self.words): has \(words.count) to choose \(count) of for each "
                        + "picture; more than \(count) are accepted, one a line")
            }
            let judge = try await CLIPEmbedder(folder: try ModelSearch.clip(clip, by: "--clip"))
            let pictures = try PictureFolder(
                folder, framing: PictureFraming(size: judge.pictureSize), maxBroken: .max
            ) { done, all in
                if !quiet { note("pictures \(done)/\(all)") }
            }.stream(seed: 0, split: .everything, repeats: false)
            try await caption(pictures, words, judge)
        }
    }

    private func caption(
        _ pictures: PictureStream, _ words: [String], _ judge: CLIPEmbedder
    ) async throws {
        if !dryRun { Self.removeDead(among: pictures) }
        let texts = await judge.embed(texts: words.map { template.replacing("{}", with: $0) })
        var (written, captioned, unwritable) = (0, 0, 0)
        for index in 0..<pictures.epochCount {
            guard pictures.caption(at: index).isEmpty else {
                captioned += 1
                continue
            }
            guard let text = pictures.textFile(at: index), !fileExists(text) else {
                unwritable += 1
                continue
            }
            let picture = try pictures.batch(index..<index + 1)[0].picture
            let place = await judge.embed(pictures: [picture])[0]
            let choice = try Self.nearest(to: place, among: texts, count: count)
            let chosen = choice.map { words[$0.index] }.joined(separator: ", ")
            let caption = template.replacing("{}", with: chosen)
            // Whole or not at all: an empty text would be taken for one that says nothing.
            if !dryRun { try AtomicFile.write(caption + "\n", to: text) }
            written += 1
            let cosines = choice.map { thousandths($0.cosine).drop { $0 == " " } }
            print("\(pictures.name(at: index))\t\(caption)\t\(cosines.joined(separator: " "))")
        }
        note(
            "\(dryRun ? "would write" : "wrote") \(written) texts; \(captioned) pictures had captions"
                + (unwritable > 0
                    ? "; \(unwritable) lie in a tar or have an empty text, and stay without" : ""))
    }

    /// Removes texts that a run which was killed left half written.
    private static func removeDead(among pictures: PictureStream) {
        let texts = (0..<pictures.epochCount).compactMap { pictures.textFile(at: $0) }
        for (folder, own) in Dictionary(grouping: texts, by: \.parentPath) {
            AtomicFile.removeDead(
                in: folder.isEmpty ? "." : folder, of: Set(own.map(\.lastPathPart)))
        }
    }

    /// - Throws: `NotFiniteMeasure` where the CLIP's numbers are none.
    private static func nearest(
        to place: [Float], among texts: [[Float]], count: Int
    ) throws -> [(index: Int, cosine: Float)] {
        let cosines = texts.map { text in zip(text, place).reduce(0) { $0 + $1.0 * $1.1 } }
        guard cosines.allSatisfy(\.isFinite) else {
            throw NotFiniteMeasure("similarity", cause: "what the CLIP gives")
        }
        return cosines.indices.sorted { (cosines[$0], $1) > (cosines[$1], $0) }.prefix(count).map {
            ($0, cosines[$0])
        }
    }
}
