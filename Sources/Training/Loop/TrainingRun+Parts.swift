import FoundationEssentials
import PinxitFiles

/// Files that every rank reads for itself and that no step changes.
struct FrozenPart {
    /// A file or a folder.
    let path: String
    /// What in the folder counts; all of it if empty.
    var folders: [String] = []

    /// Tells the files from others: their names, their sizes and how they begin. Empty if there are
    /// none.
    func identity() throws -> String {
        if fileSize(path) != nil { return try line(path) }
        let roots = folders.isEmpty ? [path] : folders.map(path.path)
        return try roots.flatMap { try lines($0) }.joined(separator: "\n")
    }

    private func line(_ file: String) throws -> String {
        let start = SHA256.hex(try readStart(of: file, count: 1 << 20))
        return "\(file.dropFirst(path.count)) \(fileSize(file) ?? 0) \(start)"
    }

    private func lines(_ folder: String, depth: Int = 0) throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return try names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name in
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
        let task = recipe["task"]
        var parts = try earlierParts(recipe).map { FrozenPart(path: model.path($0.0)) }
        switch stage {
        case .finetune, .lora, .inversion:
            parts = [
                FrozenPart(
                    path: model,
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
        var named = try ["clip", "base", "prior_pictures"].map { try task[$0].string(or: "") }
        let teacher = try task["teacher"].string(or: "")
        if !teacher.isEmpty { named.append(try findModel(teacher)) }
        return parts + named.filter { !$0.isEmpty }.map { FrozenPart(path: $0) }
    }
}
