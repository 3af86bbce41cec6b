import PinxitFiles

extension TrainingRun.Stage {
    /// The settings of the stage's recipes, as their readers declare them.
    public var settings: [Setting] {
        var all: [Setting] = []
        var uses: [String: [String]] = [:]
        for variant in variants {
            let record = SettingsRecord(isDescribing: true)
            let recipe = JSONField(file: rawValue, path: "", value: variant.recipe)
            do {
                _ = try read(SettingsReader(recipe, record: record))
            } catch {
                preconditionFailure("an empty recipe of \(rawValue) is refused: \(error)")
            }
            for setting in record.settings {
                if uses[setting.path] == nil { all.append(setting) }
                uses[setting.path, default: []].append(variant.name)
            }
        }
        let count = variants.count
        for index in all.indices {
            let names = uses[all[index].path] ?? []
            if names.count < count { all[index].condition = names.joined(separator: " or ") }
        }
        return Self.inGroups(all)
    }

    /// Recipes that between them have every setting, each named by the choice it makes.
    private var variants: [(name: String, recipe: JSONValue)] {
        func choices(_ key: String, _ values: [String]) -> [(name: String, recipe: JSONValue)] {
            values.map { ("\(key): \($0)", ["model": .object([JSONMember(key, .string($0))])]) }
        }
        switch self {
        case .autoencoder:
            return choices("_class_name", AutoencoderComponent.Kind.allCases.map(\.rawValue))
        case .clip: return choices("image", ["convolutional", "residual"])
        case .tokens: return choices("quantizer", ["fsq", "gumbel", "vq"])
        default: return [("", .object([]))]
        }
    }

    private static func inGroups(_ settings: [Setting]) -> [Setting] {
        let order = ["dataset", "model", "task", "optimisation"]
        func place(_ setting: Setting) -> Int {
            let group = setting.path.split(separator: ".").dropLast().joined(separator: ".")
            return order.firstIndex(of: group) ?? order.count
        }
        return settings.enumerated().sorted {
            (place($0.element), $0.offset) < (place($1.element), $1.offset)
        }.map(\.element)
    }
}

/// The documentation of recipes, made of what their readers declare.
public enum RecipeFormat {
    /// The settings of a stage for a terminal.
    public static func text(_ stage: TrainingRun.Stage) -> String {
        stage.settings.map { setting in
            """
            \(setting.path): \(setting.type); \(setting.accepted); \(standard(setting))
                \(setting.effect)\(condition(setting))

            """
        }.joined()
    }

    /// The page about the recipes of all stages, in Markdown.
    public static var page: String {
        let head = """
            # Recipes

            The settings of `pinxit train STAGE`, as its readers declare them. This page is written
            by `pinxit train --explain-config all`; `pinxit train --explain-config STAGE` tells of one
            stage in a terminal.

            A recipe is a JSON object. What it leaves out has its default; what it has too much is an
            error. `note`, anywhere, is free for remarks. `--set optimisation.samples=2000` gives a
            setting beside the file. The recipe of a run, with such changes, is kept as `recipe.json`
            in its folder.

            A run goes on only under the recipe it was begun with. `note`, `prompts`,
            `task.guidance_scale`, `task.top_p`, `optimisation.log_every`,
            `optimisation.report_every` and `optimisation.save_every` do not matter to that.

            """
        return TrainingRun.Stage.allCases.reduce(head) { page, stage in
            page + "\n## \(stage.rawValue)\n\n" + table(stage)
        }
    }

    private static func table(_ stage: TrainingRun.Stage) -> String {
        let rows = stage.settings.map { setting in
            "| `\(setting.path)` | \(setting.type) | \(setting.accepted) | \(standard(setting)) | "
                + "\(setting.effect)\(condition(setting)) |\n"
        }
        return "| setting | type | accepted | default | effect |\n|---|---|---|---|---|\n"
            + rows.joined()
    }

    private static func standard(_ setting: Setting) -> String {
        switch setting.standard {
        case nil: "must be given"
        case .string(let text): text.isEmpty ? "empty" : text
        case .array(let values) where values.isEmpty: "empty list"
        case .some(let value): value.encoded(indented: false)
        }
    }

    private static func condition(_ setting: Setting) -> String {
        setting.condition.isEmpty ? "" : " Only with \(setting.condition)."
    }
}
