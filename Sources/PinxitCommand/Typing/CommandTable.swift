import ArgumentParser
import FoundationEssentials

/// The commands and options as they are declared to the argument parser, which tells them as JSON:
/// what questions such as "is --steps meant?" and the manual are made from.
struct CommandTable: Decodable {
    /// A command, or the program itself.
    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
        let defaultSubcommand: String?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }

    /// An option, a flag or what stands without a name.
    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            let kind: String
            let name: String

            /// With its dashes.
            var spelling: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }

        let kind: Kind
        let shouldDisplay: Bool
        let sectionTitle: String?
        let isOptional: Bool?
        let isRepeating: Bool?
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?
        let discussion: String?

        var spellings: [String] { names?.map(\.spelling) ?? [] }
    }

    let command: Command

    /// The table of this program.
    static let own: CommandTable? = try? JSONDecoder().decode(
        CommandTable.self, from: Data(PinxitCommand._dumpHelp().utf8))
}

extension CommandTable.Command {
    /// The command of that name below this one.
    subscript(_ name: String) -> CommandTable.Command? {
        subcommands?.first { $0.commandName == name }
    }

    /// The option or flag that is spelt so, dashes included.
    func option(_ spelling: String) -> CommandTable.Argument? {
        arguments?.first { $0.spellings.contains(spelling) }
    }

    /// The commands below that help shows.
    var shownCommands: [CommandTable.Command] {
        (subcommands ?? []).filter { $0.shouldDisplay ?? true }
    }

    /// The long options that help shows, with their dashes.
    var longOptions: [String] {
        (arguments ?? []).filter(\.shouldDisplay).flatMap(\.spellings).filter {
            $0.hasPrefix("--")
        }
    }
}
