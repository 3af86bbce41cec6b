import ArgumentParser

@main
struct PinxitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinxit", abstract: "Paints a picture from a sentence.",
        subcommands: [DatasetCommand.self, TrainCommand.self])
}
