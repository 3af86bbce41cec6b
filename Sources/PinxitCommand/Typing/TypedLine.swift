import PinxitFiles

/// What was typed, taken apart by the options of the command it names.
struct TypedLine {
    /// The names of commands it begins with, such as `clip` and `score`.
    private(set) var path: [String] = []
    /// The last command that was named, or the program.
    private(set) var named: CommandTable.Command
    /// The command that is meant: the named one, or what it does where nothing is said.
    private(set) var command: CommandTable.Command
    /// Options with their values, in their order.
    private(set) var options: [String] = []
    /// What is neither an option nor an option's value.
    private(set) var words: [String] = []
    /// The first option that the command does not have.
    private(set) var unknownOption: String?
    /// An option that ends in another in place of its value: both.
    private(set) var withoutValue: (option: String, next: String)?
    /// Whether some word begins with a dash.
    private(set) var hasDashedWords = false
    /// Whether some option's value is a number below zero, which the parser takes for an option.
    private(set) var hasNegativeValues = false

    init(_ arguments: [String], _ table: CommandTable) {
        named = table.command
        var rest = arguments[...]
        while let name = rest.first, let next = named[name] {
            named = next
            path.append(name)
            rest.removeFirst()
        }
        command = named.defaultSubcommand.flatMap { [named] in named[$0] } ?? named
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            }
            take(argument, &rest)
        }
    }

    private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>) {
        guard argument.hasPrefix("-"), argument != "-" else {
            words.append(argument)
            return
        }
        let name = argument.prefix { $0 != "=" }
        guard let option = declared(String(name)) else {
            if Self.isText(argument), !command.knows(argument.firstWord) {
                hasDashedWords = true
                words.append(argument)
            } else {
                options.append(argument)
                if !Self.isBuiltIn(argument) { unknownOption = unknownOption ?? argument.firstWord }
            }
            return
        }
        guard option.kind == .option, name.count == argument.count, let value = rest.first else {
            options.append(argument)
            return
        }
        rest.removeFirst()
        if Self.isNegative(value), !command.knows(value),
            let long = option.spellings.first(where: { $0.hasPrefix("--") })
        {
            hasNegativeValues = true
            options.append("\(long)=\(value)")
            return
        }
        if command.knows(value) { withoutValue = withoutValue ?? (String(name), value) }
        options += [argument, value]
    }

    private static func isNegative(_ text: String) -> Bool {
        let digits = text.dropFirst().drop { $0 == "." }
        return text.hasPrefix("-") && digits.first.map { $0.isASCII && $0.isNumber } == true
    }

    /// The option, or the last of several flags in one word, such as `-qv`.
    private func declared(_ name: String) -> CommandTable.Argument? {
        if let option = command.option(name) { return option }
        guard !name.hasPrefix("--"), name.count > 2 else { return nil }
        let letters = name.dropFirst().map { command.option("-\($0)") }
        guard letters.dropLast().allSatisfy({ $0?.kind == .flag }) else { return nil }
        return letters.last ?? nil
    }

    /// Whether this can be no option, since options have names of ASCII letters.
    private static func isText(_ argument: String) -> Bool {
        let name = argument.prefix { $0 != "=" }
        return !name.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
        }
    }

    /// Whether the argument parser itself has the option.
    private static func isBuiltIn(_ argument: String) -> Bool {
        ["--help-hidden", "-help", "--experimental-dump-help", "--generate-completion-script"]
            .contains(argument.firstWord)
    }

    /// Whether an argument may begin with a dash and still be text, so that taking the line apart
    /// is worth it.
    static func mayHaveDashedText(_ arguments: [String]) -> Bool {
        let takeAnything = ["-n", "--negative-prompt", "-p", "--prompt", "-s", "--seed"]
        return zip(arguments, [""] + arguments).contains { argument, before in
            argument.hasPrefix("-")
                && (isText(argument) || isNegative(argument) || takeAnything.contains(before))
        }
    }

    /// The line as the argument parser reads it rightly: what begins with a dash and is text lies
    /// behind `--`, and a number below zero behind its option's `=`.
    var rewritten: [String] {
        (path.isEmpty ? [command.commandName] : path) + options + ["--"] + words
    }
}

extension CommandTable.Command {
    /// Whether the text is an option of this command, with or without a value.
    func knows(_ text: String) -> Bool {
        option(String(text.prefix { $0 != "=" })) != nil
    }
}

extension String {
    /// What comes before a space or an equals sign.
    var firstWord: String { String(prefix { !$0.isWhitespace && $0 != "=" }) }
}
