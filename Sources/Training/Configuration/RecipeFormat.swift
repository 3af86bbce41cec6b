import PinxitDatasets
import PinxitEvaluation
import PinxitFiles

extension TrainingRun.Stage {
    /// The settings of the stage's recipes, as their readers declare them.
    package var settings: [Setting] {
        var all: [Setting] = []
        var uses: [String: [String]] = [:]
        for variant in variants {
            for setting in Setting.all(of: rawValue, in: variant.recipe, read: { _ = try read($0) })
            {
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
    /// What has recipes: the stages of training, the data sets that are made here, and evaluation.
    public static let names =
        TrainingRun.Stage.allCases.map(\.rawValue) + ["dataset", "evaluation"]

    /// The settings of one of the ``names``.
    static func settings(_ name: String) -> [Setting] {
        switch name {
        case "dataset": return DatasetRecipe.settings
        case "evaluation": return EvaluationConfiguration.settings
        default:
            guard let stage = TrainingRun.Stage(rawValue: name) else {
                preconditionFailure("\(name) has no recipe")
            }
            return stage.settings
        }
    }

    /// The settings of one of the ``names`` for a terminal.
    public static func text(_ name: String) -> String {
        settings(name).map { setting in
            """
            \(setting.path): \(setting.type); \(setting.accepted); \(standard(setting))
                \(setting.effect)\(condition(setting))

            """
        }.joined()
    }

    /// The page about all recipes, in Markdown.
    public static var page: String {
        let head = """
            # Recipes

            The settings of `pinxit train STAGE`, and at the end those of `pinxit dataset make` and
            `pinxit evaluate`, as their readers declare them. This page is written by
            `pinxit train --explain-config all`; `pinxit train --explain-config STAGE` tells of one
            stage in a terminal, and so do `dataset` and `evaluation` in its place.

            A recipe is a JSON object. What it leaves out has its default; what it has too much is an
            error. `note`, anywhere, is free for remarks.

            Of training, `--set optimisation.samples=2000` gives a setting beside the file. The recipe
            of a run, with such changes, is kept as `recipe.json` in its folder. A run goes on only
            under the recipe it was begun with. `note`, `prompts`, `task.guidance_scale`,
            `task.top_p`, `task.variation_amount`, `task.blend_amount`, `optimisation.log_every`,
            `optimisation.report_every` and `optimisation.save_every` do not matter to that.

            """
        return names.reduce(head) { page, name in
            page + "\n## \(name)\n\n" + introduction(name) + table(name)
        }
    }

    private static func introduction(_ name: String) -> String {
        switch name {
        case "dataset":
            """
            Of the pictures that `pinxit dataset make --config FILE` composes of drawings. The data
            set's `manifest.json` keeps them. Weights need not sum to one.


            """
        case "evaluation":
            """
            Of what `pinxit evaluate --config FILE` asks. Of a folder of one's own pictures only
            `seed`, `prompts`, `training_pictures`, `varied` and `kernel_distance` matter.


            """
        default: ""
        }
    }

    private static func table(_ name: String) -> String {
        let rows = settings(name).map { setting in
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
