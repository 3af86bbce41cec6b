import ArgumentParser

/// `pinxit models`: the models there are, what is in them, and other forms of them.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists, inspects, converts, merges, checks and packs models.",
        subcommands: [
            ModelsListCommand.self, ModelsShowCommand.self, ModelsConvertCommand.self,
            ModelsMergeCommand.self, ModelsVerifyCommand.self, ModelsPackCommand.self,
        ], defaultSubcommand: ModelsListCommand.self)
}
