import ArgumentParser
import Pinxit

/// `pinxit manual`: the manual page, from what the argument parser was told.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Prints the manual page in the language of man.",
        shouldDisplay: false)

    func run() throws {
        guard let table = CommandTable.own else { throw ExitStatus.failure.code }
        print(ManualPage(table.command).text)
    }
}

/// A page for `man` (`man 7 man`): the commands one after the other, with their options.
struct ManualPage {
    private var lines: [String] = []

    init(_ program: CommandTable.Command) {
        lines = [
            ".TH PINXIT 1 \"\" \"Pinxit \(pinxitVersion)\" \"User Commands\"",
            ".SH NAME", "pinxit \\- paints a picture from a sentence",
            ".SH SYNOPSIS", ".B pinxit", "[\\fIcommand\\fR] [\\fIoptions\\fR] \\fIprompt\\fR",
            ".SH DESCRIPTION",
            "Paints pictures from sentences, and trains the models it paints with.",
            "Without the name of a command it paints.",
        ]
        add(program, below: [])
        lines += [
            ".SH ENVIRONMENT",
            ".TP", ".B PINXIT_MODEL", "The model where none is named: a folder or a name.",
            ".TP", ".B PINXIT_MODELS",
            "Folders of models from elsewhere, with colons between them;",
            "~/.config/pinxit/config.toml names more, and HF_HOME the hub's cache.",
            ".TP", ".B PINXIT_KEY", "The key that lets into the server of --remote.",
            ".TP", ".B OMP_NUM_THREADS", "Threads that compute.",
            ".TP", ".B PINXIT_KERNELS, PINXIT_BF16, PINXIT_CONVOLUTION",
            "What the processor is asked to do; see Documentation/Architecture.md.",
            ".SH EXIT STATUS",
            "0 if all is well; otherwise as in sysexits.h: 64 for options, 65 and 66 for files that",
            "are wrong or missing, 70 for numbers, 73 for files that cannot be written; 130 when",
            "stopped.",
            ".SH EXAMPLES", ".nf", "pinxit \"a red apple\" --seed 7",
            "pinxit models", "pinxit doctor", ".fi",
        ]
    }

    var text: String { lines.joined(separator: "\n") }

    private mutating func add(_ command: CommandTable.Command, below path: [String]) {
        for command in command.shownCommands where command.commandName != "help" {
            let path = path + [command.commandName]
            lines.append(".SH PINXIT " + path.joined(separator: " ").uppercased())
            let positionals = (command.arguments ?? []).filter { $0.kind == .positional }
            lines.append(
                ".B pinxit " + path.joined(separator: " ") + "\n[\\fIoptions\\fR] "
                    + positionals.map { "\\fI\(Self.escaped($0.valueName ?? ""))\\fR" }
                    .joined(separator: " "))
            for text in [command.abstract, command.discussion] {
                if let text, !text.isEmpty { lines += [".PP", Self.escaped(text)] }
            }
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                add(argument)
            }
            add(command, below: path)
        }
    }

    private mutating func add(_ argument: CommandTable.Argument) {
        let value = "\\fI\(Self.escaped(argument.valueName ?? ""))\\fR"
        let names = argument.spellings.map { "\\fB\(Self.escaped($0))\\fR" }
        switch argument.kind {
        case .positional: lines += [".TP", value]
        case .flag: lines += [".TP", names.joined(separator: ", ")]
        case .option: lines += [".TP", names.joined(separator: ", ") + " " + value]
        }
        lines.append(Self.escaped(argument.abstract ?? ""))
        if let usual = argument.defaultValue {
            lines.append("(default: \(Self.escaped(usual)))")
        }
        if let discussion = argument.discussion { lines.append(Self.escaped(discussion)) }
    }

    /// Text that troff takes as it is.
    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }
            .joined(separator: "\n")
    }
}
