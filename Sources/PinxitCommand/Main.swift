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
            BenchCommand.self, ModelsCommand.self, DoctorCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() async {
        Processor.settleWaiting()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try parse(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as UsageError {
            fail("\(error)")
        } catch {
            // What commands report themselves has been said; what the parser refuses is one line
            // too.
            guard !(error is ExitCode), exitCode(for: error) == .validationFailure else {
                exit(withError: error)
            }
            let message = message(for: error).split(whereSeparator: \.isNewline)
            fail(
                Questions.explanation(arguments)
                    ?? "\(message.joined(separator: " ")); pinxit --help tells more")
        }
    }

    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        let command = try parseAsRoot(try Questions.line(arguments))
        if command is PaintCommand { try Questions.check(arguments) }
        return command
    }

    private static func fail(_ message: String) -> Never {
        note("error: \(message)")
        exit(withError: ExitCode(64))
    }
}
