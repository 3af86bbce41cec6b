import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitPlatform

@main
struct PinxitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinxit", abstract: "Paints a picture from a sentence.",
        version: pinxitVersion,
        subcommands: [
            PaintCommand.self, EditCommand.self, UpscaleCommand.self, VaryCommand.self,
            BlendCommand.self, CompareCommand.self, BatchCommand.self, PlotCommand.self,
            InspectCommand.self, PromptCommand.self,
            CLIPCommand.self, DatasetCommand.self, TrainCommand.self, EvaluateCommand.self,
            ServeCommand.self, WorkerCommand.self, WorkerProcessCommand.self,
            BenchCommand.self, ModelsCommand.self, DoctorCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() async {
        openClosedStreams()
        MemoryLimit.settleHeaps()
        Processor.settleWaiting()
        Interruption.begin()
        exitWhenMappedFilesVanish(code: ExitStatus.vanished.rawValue)
        MemoryLimit.watch()
        // Beyond a limit of file sizes writing is an error, as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        let arguments = MarkArguments.separated(
            CommandLine.arguments.dropFirst().map(\.withMarksInOrder))
        do {
            var command = try parse(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try flush()
        } catch let error as UsageError {
            fail("\(error)")
        } catch {
            // What commands report themselves has been said; what the parser refuses is one line
            // too.
            if exitCode(for: error) == .success {
                show(fullMessage(for: error))
            }
            guard !(error is ExitCode), exitCode(for: error) == .validationFailure else {
                exit(withError: error)
            }
            let message = message(for: error).split(whereSeparator: \.isNewline)
            fail(
                Questions.explanation(arguments)
                    ?? "\(message.joined(separator: " ")); "
                    + "\(Questions.place(of: arguments)) --help tells more")
        }
    }

    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        try Questions.checkHelp(arguments)
        let command = try parseAsRoot(try Questions.line(arguments))
        if command is PaintCommand { try Questions.check(arguments) }
        return command
    }

    /// - Throws: `ExitCode`, after a line that says why.
    private static func flush() throws {
        do {
            try flushStandardOutput()
        } catch {
            note("error: \(error)")
            throw ExitStatus(error).code
        }
    }

    /// Help and the like, and the end.
    private static func show(_ message: String) -> Never {
        do {
            print(message)
            try flush()
            exit(withError: ExitStatus.done.code)
        } catch {
            exit(withError: error)
        }
    }

    private static func fail(_ message: String) -> Never {
        Launch.endIfToldElsewhere(code: ExitStatus.usage.code)
        note("error: \(message)")
        exit(withError: ExitStatus.usage.code)
    }
}
