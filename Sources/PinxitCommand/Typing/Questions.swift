import ArgumentParser
import PinxitFiles

/// What is asked where something was typed that is close to something else.
enum Questions {
    /// What people call the commands who do not know their names.
    private static let otherNames: [String: String] = [
        "list": "models", "ls": "models", "list-models": "models", "model": "models",
        "check": "doctor", "diagnose": "doctor", "info": "doctor", "version": "--version",
        "benchmark": "bench", "draw": "paint", "generate": "paint", "txt2img": "paint",
        "variations": "vary", "variation": "vary", "mix": "blend", "eval": "evaluate",
        "score": "clip score", "search": "clip search", "classify": "clip classify",
    ]

    /// Words of English close to names of commands, with which a sentence may begin.
    private static let sentenceStarts: Set<String> = [
        "rain", "brain", "grain", "drain", "trains", "saint", "faint", "point", "print", "paints",
        "pants", "pain", "very", "beach", "bench", "benches", "branch", "wrench", "bunch", "clips",
        "chip", "flip", "slip", "ship", "clap", "blends", "bland", "blond", "bleed", "brand",
        "model", "doctors", "list", "score", "draw", "check",
    ]

    /// The line to parse.
    ///
    /// - Throws: `UsageError` for an option that is followed by another in place of its value.
    static func line(_ arguments: [String]) throws -> [String] {
        guard TypedLine.mayHaveDashedText(arguments), let table = CommandTable.own else {
            return arguments
        }
        let typed = TypedLine(arguments, table)
        if let (option, next) = typed.withoutValue, typed.unknownOption == nil {
            throw UsageError(
                "\(option) stands without a value before \(next); \(option)=\(next) is accepted")
        }
        let isRewritten = typed.hasDashedWords || typed.hasNegativeValues
        return isRewritten && typed.unknownOption == nil ? typed.rewritten : arguments
    }

    /// Asks where a line that is painted looks like a command.
    ///
    /// - Throws: `UsageError` with the question.
    static func check(_ arguments: [String]) throws {
        guard !arguments.contains("--"), let first = arguments.first, !first.hasPrefix("-") else {
            return
        }
        let names = PinxitCommand.configuration.subcommands.compactMap {
            $0.configuration.commandName
        }
        guard !names.contains(first) else { return }
        let words = arguments.prefix { !$0.hasPrefix("-") }
        if words.count > 1, sentenceStarts.contains(first.lowercased()) { return }
        guard let meant = command(meantBy: first, among: names) else { return }
        throw UsageError(question(first, meant, command: ""))
    }

    /// Asks where help is wanted for what is no command: the parser would tell of the program.
    ///
    /// - Throws: `UsageError` with the question.
    static func checkHelp(_ arguments: [String]) throws {
        guard arguments.first == "help", let table = CommandTable.own else { return }
        let typed = TypedLine(Array(arguments.dropFirst()), table)
        guard let word = typed.words.first, let commands = typed.named.subcommands else { return }
        let place = (["pinxit"] + typed.path).joined(separator: " ")
        let names = typed.named.shownCommands.map(\.commandName)
        let near =
            typed.path.isEmpty
            ? command(meantBy: word, among: names) : names.nearest(to: word).first
        guard word != "help", !commands.contains(where: { $0.commandName == word }) else { return }
        throw UsageError(
            "\(word) is no command of \(place); "
                + (near.map { "is \($0) meant?" } ?? "\(names.joined(separator: ", ")) are"))
    }

    /// The command that was typed, whose help has the options that are accepted.
    static func place(of arguments: [String]) -> String {
        guard let table = CommandTable.own else { return "pinxit" }
        let typed = TypedLine(arguments, table)
        let command = typed.path.isEmpty ? [typed.command.commandName] : typed.path
        return (["pinxit"] + command).joined(separator: " ")
    }

    /// Says what is wrong with a line that could not be parsed; nil if the parser knows best.
    static func explanation(_ arguments: [String]) -> String? {
        guard let table = CommandTable.own else { return nil }
        let typed = TypedLine(arguments, table)
        let place = (["pinxit"] + typed.path).joined(separator: " ")
        if !typed.path.isEmpty, typed.named.subcommands != nil, let first = typed.words.first {
            let names = typed.named.shownCommands.map(\.commandName)
            return names.nearest(to: first).first.map { question(first, $0, command: place) }
                ?? "\(first) is no command of \(place); \(names.joined(separator: ", ")) are"
        }
        if arguments.count == 1, typed.path.count == 1, typed.unknownOption == nil {
            return "\(place) needs more: \(place) --help tells what; "
                + "pinxit paint \(arguments[0]) paints it"
        }
        let asked = typed.path.isEmpty ? meantCommand(typed, table) : nil
        guard let unknown = typed.unknownOption else { return asked }
        if typed.command.knows(unknown) {
            return "\(unknown) and its value are one argument, in quotes; two are accepted"
        }
        let near = typed.command.longOptions.nearest(to: unknown)
        if near.isEmpty || isOption(unknown, of: typed, table), let asked { return asked }
        guard near.isEmpty else {
            return "unknown option \(unknown); is \(near.joined(separator: " or ")) meant?"
        }
        let command = typed.path.isEmpty ? "\(place) \(typed.command.commandName)" : place
        return "unknown option \(unknown); \(command) --help lists those that are accepted"
    }

    /// The question after a command where a line without one does not make sense.
    private static func meantCommand(_ typed: TypedLine, _ table: CommandTable) -> String? {
        guard let first = typed.words.first else { return nil }
        let names = (table.command.subcommands ?? []).map(\.commandName)
        return command(meantBy: first, among: names).map { question(first, $0, command: "") }
    }

    /// Whether an option is one of the command that seems to be meant.
    private static func isOption(
        _ option: String, of typed: TypedLine, _ table: CommandTable
    ) -> Bool {
        guard let first = typed.words.first else { return false }
        let names = (table.command.subcommands ?? []).map(\.commandName)
        return command(meantBy: first, among: names).flatMap { table.command[$0] }?.knows(option)
            ?? false
    }

    private static func command(meantBy word: String, among names: [String]) -> String? {
        guard !word.contains(where: \.isWhitespace) else { return nil }
        return otherNames[word.lowercased()] ?? names.nearest(to: word).first
    }

    private static func question(_ word: String, _ meant: String, command: String) -> String {
        command.isEmpty
            ? "\(word) is no command; is pinxit \(meant) meant? pinxit paint \(word) paints it"
            : "\(word) is no command of \(command); is \(meant) meant?"
    }
}

/// Several words without quotes that are plainly one sentence.
///
/// - Returns: The sentence; nil where a word looks like a sentence of its own, a path or a setting.
func oneSentence(_ words: [String]) -> String? {
    let marks: Set<Character> = [",", ".", ";", "!", "?"]
    let isPlain = words.allSatisfy { word in
        let letters = word.last.map(marks.contains) == true ? word.dropLast() : word[...]
        return !letters.isEmpty
            && letters.allSatisfy {
                $0.unicodeScalars.allSatisfy { $0.value < 0x2E80 }
                    && ($0.isLetter || $0.isNumber || "'’-".contains($0))
            }
    }
    return isPlain ? words.joined(separator: " ") : nil
}
