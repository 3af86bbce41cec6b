import ArgumentParser
import Pinxit

@main
struct PinxitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinxit", abstract: "Paints a picture from a sentence.",
        version: pinxitVersion,
        subcommands: [
            PaintCommand.self, DatasetCommand.self, TrainCommand.self, EvaluateCommand.self,
            BenchCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() async {
        Waiting.settle()
        await main(nil)
    }
}
