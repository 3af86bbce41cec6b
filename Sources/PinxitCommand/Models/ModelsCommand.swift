import ArgumentParser

/// `pinxit models`: the models there are, what is in them, and other forms of them.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists, inspects, converts and checks models.",
        subcommands: [
            ModelsListCommand.self, ModelsShowCommand.self, ModelsConvertCommand.self,
            ModelsVerifyCommand.self,
        ], defaultSubcommand: ModelsListCommand.self)
}
