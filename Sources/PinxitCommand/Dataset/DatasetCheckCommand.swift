import ArgumentParser
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTokenizers

/// `pinxit dataset check FOLDER`: what a folder of pictures holds, before a model learns from it.
struct DatasetCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Looks through a folder of captioned pictures before a model learns from it.",
        discussion: """
            A folder has captions in a .txt or .caption beside each picture (one a line), in a \
            metadata.jsonl or metadata.csv (file_name and text), or in the names of its \
            sub-folders; WebDataset's .tar files are read as they are. Every picture is decoded.
            """)

    @Argument(help: "The folder, or a single tar.")
    var folder: String

    @Option(help: "The side in pixels that pictures are brought to, as the recipe's dataset.size.")
    var size = 128

    @Flag(help: "Tell how many pictures fall in each bucket, as fine-tuning sorts them.")
    var buckets = false

    @Option(
        help: """
            What the sides of buckets are multiples of: 64 for Stable Diffusion 1.5 and 2.1, 32 for \
            SDXL.
            """)
    var bucketStep = 64

    @Option(help: "Also write a contact sheet (PNG) of pictures as a model sees them.")
    var sheet: String?

    @Option(help: "Pictures on the contact sheet.")
    var count = 64

    @Option(
        help: """
            The model that is to learn, its folder or its name in Models: its tokenizer is tried on \
            the captions.
            """)
    var model: String?

    @Flag(help: "No progress on standard error.")
    var quiet = false

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count \(count): 1 or more is accepted") }
        guard (8...2048).contains(size) else {
            throw ValidationError("--size \(size): 8 to 2048 is accepted")
        }
        guard !buckets || (1...size).contains(bucketStep) else {
            throw ValidationError("--bucket-step \(bucketStep): 1 to --size is accepted")
        }
    }

    func run() async throws {
        try await reportingErrors {
            if let sheet { try checkWritable(sheet) }
            let tokenizer = try model.map { model in
                let folder = try ModelSearch.begun(model, by: "--model")
                return try CLIPTokenizer(folder: folder.path("tokenizer"))
            }
            let pictures = try PictureFolder(
                folder,
                framing: PictureFraming(
                    size: size, crop: buckets ? .bucket : .center, bucketStep: bucketStep),
                maxBroken: .max
            ) { done, all in
                if !quiet { note("pictures \(done)/\(all)") }
            }
            print(DatasetReport(pictures, tokenizer: tokenizer).text)
            guard let sheet else { return }
            try makeFolder(sheet.parentPath)
            try pictures.stream(seed: 0, split: .everything).sheet(count).write(to: sheet)
            note("wrote \(sheet)")
            noteMissingFont()
        }
    }
}
