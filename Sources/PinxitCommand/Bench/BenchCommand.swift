import ArgumentParser

/// `pinxit bench`: how fast this machine is.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures speed.",
        subcommands: [
            BenchOperationsCommand.self, BenchModelCommand.self, BenchTrainingCommand.self,
            BenchDALLECommand.self,
        ],
        defaultSubcommand: BenchOperationsCommand.self)
}
