import ArgumentParser

/// `pinxit dataset`: pictures to train from, made here or one's own.
struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Makes training pictures, and looks through folders of one's own.",
        subcommands: [
            DatasetMakeCommand.self, DatasetCheckCommand.self, DatasetCaptionCommand.self,
        ],
        defaultSubcommand: DatasetMakeCommand.self)
}
