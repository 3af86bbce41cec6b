import FoundationEssentials
import Pinxit
import PinxitFiles

/// Which model is meant: a folder, the name of one in `Models` here or near the program, or, where
/// nobody says, `$PINXIT_MODEL` or the one there that ``usual`` names.
struct ModelSearch {
    /// The shipped model that paints best.
    private static let usual = "pinxit-small"

    /// The value of `--model`.
    let option: String?
    /// What the model must be able to do, where it is not named.
    var ability = ModelAbility.text

    func folder() throws -> String {
        if let option { return try Self.named(option, by: "--model") }
        if let name = Self.environment {
            let folder = try Self.named(name, by: "PINXIT_MODEL")
            guard ability != .text else { return folder }
            if try ModelFolder(folder).can(ability) { return folder }
        }
        return try ability == .text ? usualFolder() : ableFolder()
    }

    private func usualFolder() throws -> String {
        let models: [String]
        do {
            models = try Self.shelf()
        } catch {
            // A library may have it.
            guard let found = Self.found(Self.usual) else { throw error }
            return found
        }
        if models.count == 1 { return models[0] }
        let here = models.first { $0.lastPathPart == Self.usual }
        guard let usual = here ?? Self.found(Self.usual) else {
            throw UsageError("which model? --model with \(Self.list(models)) is accepted")
        }
        return usual
    }

    private func ableFolder() throws -> String {
        let places = Shelves.places(of: "Models")
        let library = try ModelLibrary().models
        let models = [
            places.flatMap { Self.models(in: $0, with: "model_index.json") },
            library.filter { fileExists($0.path("model_index.json")) },
        ].joined()
        // A broken model beside the right one is no reason to stop.
        let able = models.lazy.compactMap { try? ModelFolder($0) }.filter { $0.can(ability) }
        // A GAN paints each frame in one pass.
        let quick = ability == .interpolation ? able.first { $0.pipeline == .clipGAN } : nil
        guard let folder = quick ?? able.first else {
            throw PaintError.missingModel(
                path: places[0], problem: "holds no model that \(ability.words); --model names one")
        }
        return folder.path
    }

    /// `$PINXIT_MODEL`; empty is unset.
    static var environment: String? {
        let value = ProcessInfo.processInfo.environment["PINXIT_MODEL"]
        return value?.isEmpty == true ? nil : value
    }

    /// The folder that a name or a path stands for.
    ///
    /// - Parameters:
    ///   - source: Who says so, for messages.
    ///   - file: What a folder of this kind holds.
    /// - Throws: `PaintError.missingModel` that lists what is there.
    static func named(
        _ name: String, by source: String, file: String = "model_index.json"
    ) throws -> String {
        if fileExists(name.path(file)) { return name }
        // A checkpoint in one file.
        if file == "model_index.json", fileSize(name) != nil { return name }
        let places = Shelves.places(of: "Models")
        if !name.contains("/"),
            let found = places.map({ $0.path(name) }).first(where: { fileExists($0.path(file)) })
        {
            return found
        }
        if file == "model_index.json", !name.contains("/"),
            let found = places.flatMap({ [$0.path(name), $0.path(name + ".safetensors")] })
                .first(where: { fileSize($0) != nil })
        {
            return found
        }
        if file == "model_index.json", let found = try ModelLibrary().find(name, .model) {
            return found
        }
        let all = list(places.flatMap { models(in: $0, with: file) })
        throw PaintError.missingModel(
            path: "\(source) \(name)",
            problem: (fileExists(name) ? "holds no \(file)" : "is no model")
                + "; a folder with \(file)"
                + (file == "model_index.json" ? ", a checkpoint in one file" : "")
                + (all.isEmpty ? "" : " or one of \(all)") + " is accepted")
    }

    /// The folders of painters: those of the names given with commas, which may be paths, or all of
    /// the first shelf that holds any.
    static func painters(_ list: String?) throws -> [String] {
        // One that sees pictures alone paints no sentence.
        guard let list else { return try shelf().filter { paints($0) } }
        let names = list.split(separator: ",", omittingEmptySubsequences: false)
        guard !names.contains("") else {
            throw UsageError("--models \(list): names of models with commas are accepted")
        }
        return try names.map { try named(String($0), by: "--models") }
    }

    /// Whether it paints sentences; one that cannot be read says why when it is.
    private static func paints(_ folder: String) -> Bool {
        (try? ModelFolder(folder))?.can(.text) ?? true
    }

    /// A model's folder, also one that is not finished, by its path or its name in `Models`.
    static func begun(_ name: String, by source: String) throws -> String {
        fileExists(name) ? name : try named(name, by: source)
    }

    /// The file or folder of something beside a model, by its path or its name in a library; as it
    /// was typed where no library has it, for the loader to say what is missing.
    static func part(_ name: String, _ kind: ModelLibrary.Kind) throws -> String {
        guard !fileExists(name) else { return name }
        return try ModelLibrary().find(name, kind) ?? name
    }

    /// A CLIP's folder, by its path or its name in `Models`.
    ///
    /// - Parameter source: The option, for messages.
    static func clip(_ name: String?, by source: String) throws -> String {
        let name = name ?? "pinxit-clip"
        // OpenCLIP's have a configuration of another name, which the loader looks for.
        return fileExists(name) ? name : try named(name, by: source, file: "config.json")
    }

    /// The painters in the first folder `Models` that holds any.
    private static func shelf() throws -> [String] {
        let places = Shelves.places(of: "Models")
        for place in places {
            let models = models(in: place, with: "model_index.json")
            if !models.isEmpty { return models }
        }
        throw PaintError.missingModel(
            path: places[0],
            problem: "holds no model; --models with names or folders is accepted")
    }

    /// Every painter that is found by its name: of several of one name the nearest.
    static func all() throws -> [String] {
        var found: [String] = []
        for folder in Shelves.places(of: "Models").flatMap({
            models(in: $0, with: "model_index.json")
        }) where !found.contains(where: { $0.lastPathPart == folder.lastPathPart }) {
            found.append(folder)
        }
        return found
    }

    /// The folders in one that hold a file of that name.
    static func models(in shelf: String, with file: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: shelf)) ?? []
        return names.sorted().map { shelf.path($0) }.filter { fileExists($0.path(file)) }
    }

    /// The folders' names, each once.
    private static func list(_ folders: some Sequence<String>) -> String {
        var names: [String] = []
        for folder in folders where !names.contains(folder.lastPathPart) {
            names.append(folder.lastPathPart)
        }
        return names.joined(separator: ", ")
    }
}

extension ModelAbility {
    /// What follows "a model that".
    fileprivate var words: String {
        switch self {
        case .text: "paints"
        case .pictures: "sees pictures (an unCLIP)"
        case .interpolation: "has a way from prompt to prompt (a GAN or latent diffusion)"
        }
    }
}
