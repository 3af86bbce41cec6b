import ArgumentParser
import Pinxit

@main
struct PinxitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinxit", abstract: "Paints a picture from a sentence.",
        version: pinxitVersion,
        subcommands: [
            PaintCommand.self, VaryCommand.self, BlendCommand.self, CompareCommand.self,
            CLIPCommand.self, DatasetCommand.self, TrainCommand.self, EvaluateCommand.self,
            BenchCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() async {
        Processor.settleWaiting()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // What commands report themselves has been said; what the parser refuses is one line
            // too.
            guard !(error is ExitCode), exitCode(for: error) == .validationFailure else {
                exit(withError: error)
            }
            let message = message(for: error).split(whereSeparator: \.isNewline)
            note("error: \(message.joined(separator: " ")); pinxit --help tells more")
            exit(withError: ExitCode(64))
        }
    }
}
