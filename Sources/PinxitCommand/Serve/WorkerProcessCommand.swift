import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitPlatform
import PinxitWorkers

/// `pinxit worker-process`: what a server or a worker starts for each model in use. Orders come on
/// standard input, reports go to standard output.
struct WorkerProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-process", abstract: "Paints for pinxit serve, which starts it.",
        shouldDisplay: false)

    @OptionGroup var model: ModelArguments
    @OptionGroup var marks: MarkArguments

    func run() async throws {
        guard !isTerminal(STDIN_FILENO) else {
            throw UsageError("worker-process takes its orders from a pipe: pinxit serve starts it")
        }
        // The server decides when the worker ends, also where Ctrl-C goes to both.
        for signal in [SIGINT, SIGTERM] { PinxitPlatform.signal(signal, SIG_IGN) }
        signal(SIGPIPE, SIG_IGN)
        // Whatever is printed by anybody must not come between the reports.
        let output = dup(STDOUT_FILENO)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        let pipe = MessagePipe(reading: STDIN_FILENO, writing: output)
        await Worker.run(on: pipe, marks: try marks.marks) { try await model.painter(.text) }
    }
}
