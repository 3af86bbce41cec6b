import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitTokenizers

/// `pinxit models list`: what there is to paint with.
struct ModelsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the models that are found by name, or tells of one.",
        discussion: """
            Models are looked for in Models in the present folder, beside the program, above it, \
            and where make install puts them; then in the folders of PINXIT_MODELS (with colons), \
            in those of models in ~/.config/pinxit/config.toml, and in the cache of Hugging Face's \
            hub. These may be laid out as AUTOMATIC1111's or ComfyUI's. A name stands for its \
            folder or file wherever --model is taken.
            """)

    @Argument(help: "Tell of this model only, a name or a folder, with every word it has learnt.")
    var model: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            if let model {
                let listed = try ListedModel(try ModelSearch.named(model, by: "MODEL"))
                print(json ? listed.json(words: true).encoded() : try listed.page())
                return
            }
            var models: [ListedModel] = []
            var errors: [any Error] = []
            for path in try ModelSearch.all() {
                do { models.append(try ListedModel(path)) } catch { errors.append(error) }
            }
            // Libraries hold files of other kinds too.
            models += try ModelLibrary().models.compactMap { try? ListedModel($0) }
            guard !models.isEmpty else {
                if let error = errors.first { throw error }
                throw PaintError.missingModel(
                    path: "Models",
                    problem: "holds no model, nor do the folders of PINXIT_MODELS")
            }
            // The others are there all the same.
            for error in errors { note("\(error)") }
            if json {
                print(JSONValue.array(models.map { $0.json(words: false) }).encoded())
            } else {
                for model in models { print(model.lines.joined(separator: "\n")) }
            }
        }
    }
}

/// A model as `pinxit models` tells of it.
struct ListedModel {
    private let facts: ModelFacts
    private let path: String
    private let words: LearntWords?

    init(_ path: String) throws {
        self.path = path
        let folder = try ModelFolder(path)
        facts = try ModelFacts(folder)
        words = folder.words
    }

    /// The name and what kind of model it is; below it what it knows and where it is.
    var lines: [String] {
        [
            path.lastPathPart.padded(16) + title
        ] + [knows, path].compactMap { $0.map { "".padded(16) + $0 } }
    }

    private var title: String {
        let side = facts.side.map { ", \($0)x\($0) pixels" } ?? ""
        let millions = decimal(Double(facts.parameters) / 1e6, 1)
        return "\(facts.kind)\(side), \(millions)M parameters, \(facts.bytes >> 20) MiB"
    }

    /// Nil for a model that does not say.
    private var knows: String? {
        guard let words else { return nil }
        let things = words.english.things
        return "knows \(things.count) things: \(things.prefix(6).joined(separator: ", ")) …"
    }

    /// Everything, with all words.
    func page() throws -> String {
        var lines = lines
        if let words {
            for (name, language) in [
                ("things", words.english), ("things in Chinese", words.chinese),
            ] {
                lines += ["", "\(name): " + language.things.joined(separator: ", ")]
            }
            let others = words.english.words.subtracting(
                words.english.things.flatMap { $0.split(separator: " ").map(String.init) })
            lines += ["", "other words: " + others.sorted().joined(separator: ", ")]
        }
        return lines.joined(separator: "\n")
    }

    func json(words all: Bool) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("name", .string(path.lastPathPart)), JSONMember("path", .string(path)),
            JSONMember("class", .string(facts.family)), JSONMember("kind", .string(facts.kind)),
            JSONMember("side", facts.side.map { .integer($0) } ?? .null),
            JSONMember("parameters", .integer(facts.parameters)),
            JSONMember("bytes", .integer(facts.bytes)),
            JSONMember("things", words.map { .integer($0.english.things.count) } ?? .null),
        ]
        if all, let words {
            for (name, language) in [("english", words.english), ("chinese", words.chinese)] {
                members.append(
                    JSONMember(
                        name,
                        [
                            "things": .array(language.things.map { .string($0) }),
                            "words": .array(language.words.sorted().map { .string($0) }),
                        ]))
            }
        }
        return .object(members)
    }
}
