import FoundationEssentials
import PinxitFiles

/// Files that every rank reads for itself and that no step changes.
struct FrozenPart {
    /// What it is to the stage.
    var name = ""
    /// A file or a folder.
    let path: String
    /// What in the folder counts; all of it if empty.
    var folders: [String] = []
    /// Whether it is of a model, whose card and pictures nothing is learnt from.
    var isOfModel = true

    private static let besideModels = [".md", ".png", ".jpg", ".jpeg", ".webp", ".html", ".csv"]

    /// Tells the files from others: their names, their sizes and samples of them. Empty if there
    /// are none.
    func identity() throws -> String {
        if fileSize(path) != nil { return try line(path) }
        let roots = folders.isEmpty ? [path] : folders.map(path.path)
        return try roots.flatMap { try lines($0) }.joined(separator: "\n")
    }

    private func line(_ file: String) throws -> String {
        "\(file.dropFirst(path.count)) \(try sampledIdentity(ofFile: file))"
    }

    private func counts(_ name: String) -> Bool {
        !name.hasPrefix(".") && !(isOfModel && Self.besideModels.contains(where: name.hasSuffix))
    }

    private func lines(_ folder: String, depth: Int = 0) throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return try names.sorted().filter(counts).flatMap { name in
            let file = folder.path(name)
            if fileSize(file) != nil { return [try line(file)] }
            // A link may lead in a circle.
            return depth < 8 ? try lines(file, depth: depth + 1) : []
        }
    }
}

extension TrainingRun {
    /// What the stage reads, beside its recipe and its data, that no step changes.
    func frozenParts(_ recipe: JSONField) throws -> [FrozenPart] {
        let prior = try recipe["task"]["prior_pictures"].string(or: "")
        return try frozenWeights(recipe)
            + (prior.isEmpty
                ? [] : [FrozenPart(name: "prior_pictures", path: prior, isOfModel: false)])
    }

    /// Those of them that are parts of models.
    func frozenWeights(_ recipe: JSONField) throws -> [FrozenPart] {
        let task = recipe["task"]
        var parts = try earlierParts(recipe).map { name, _ in
            FrozenPart(name: name, path: model.path(name))
        }
        switch stage {
        case .finetune, .lora, .inversion:
            parts = [
                FrozenPart(
                    name: "model", path: model,
                    folders: [
                        "unet", "vae", "text_encoder", "text_encoder_2", "tokenizer",
                        "tokenizer_2", "scheduler",
                    ])
            ]
        case .diffusion where try task["train_text_encoder"].bool(or: false):
            // The first rank's is written as it learns.
            parts.removeAll { $0.path == model.path("text_encoder") }
        default: break
        }
        for name in ["clip", "base", "teacher"] {
            let said = try task[name].string(or: "")
            if said.isEmpty { continue }
            let path = name == "teacher" ? try findModel(said) : said
            parts.append(FrozenPart(name: "task.\(name)", path: path))
        }
        return parts
    }
}
