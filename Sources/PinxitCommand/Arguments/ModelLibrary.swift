import FoundationEssentials
import Pinxit
import PinxitFiles
import TOMLKit

/// Where models from elsewhere lie: folders that `$PINXIT_MODELS` and the configuration name.
///
/// A folder may be a plain one, one of AUTOMATIC1111's or ComfyUI's (or its `models`), or a cache
/// of Hugging Face's hub; the hub's own cache is looked at last.
struct ModelLibrary {
    /// What is looked for.
    enum Kind {
        case model, unet, lora, embedding, autoencoder, upscaler, controlNet

        /// The folders of AUTOMATIC1111 and ComfyUI for it, and a plain folder itself.
        var places: [String] {
            switch self {
            case .model: ["", "Stable-diffusion", "checkpoints", "diffusers"]
            case .unet: ["unet", "diffusion_models", ""]
            case .lora: ["Lora", "loras", ""]
            case .embedding: ["embeddings", ""]
            case .autoencoder: ["VAE", "vae", "vae_approx", ""]
            case .upscaler: ["ESRGAN", "RealESRGAN", "upscale_models", ""]
            case .controlNet: ["ControlNet", "controlnet", "t2i_adapter", "ipadapter", ""]
            }
        }
    }

    /// In the order in which they are looked at.
    let folders: [String]

    /// - Throws: `FileError` for a configuration that is wrong.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["PINXIT_MODELS"] ?? ""
        folders =
            try named.split(separator: ":").map { Self.expanded(String($0), environment) }
            + Self.configured(environment) + Self.hub(environment)
    }

    /// `NAME=PATH` of the networks that enlarge pictures, as they lie in folders of their own.
    var upscalers: [String] { named(.upscaler, [".pth", ".safetensors"]) }

    /// `NAME=PATH` of what stands beside models: ControlNets, T2I-Adapters, IP-Adapters.
    var controls: [String] { named(.controlNet, Array(Self.endings.dropFirst())) }

    /// Files of textual inversion, as they lie in folders of their own.
    var embeddings: [String] {
        named(.embedding, [".safetensors", ".pt", ".bin"]).map { text in
            text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) } ?? text
        }
    }

    /// Where LoRAs lie, in the order in which they are looked for: folders of theirs, and folders
    /// of models. They need not be there.
    var loraFolders: [LoRAFolder] {
        folders.flatMap { folder in
            [folder, folder.path("models")].flatMap { root in
                Kind.lora.places.map {
                    LoRAFolder($0.isEmpty ? root : root.path($0), isDeep: !$0.isEmpty)
                }
            }
        }
    }

    /// `NAME=PATH` of the files with these endings, and of ControlNets' folders, that lie where
    /// only their kind does.
    private func named(_ kind: Kind, _ endings: [String]) -> [String] {
        var found: [(name: String, path: String)] = []
        for folder in folders {
            for place in places(in: folder, kind) where kind.places.contains(place.lastPathPart) {
                for file in Self.names(in: place) {
                    let isFolder =
                        kind == .controlNet && file != "image_encoder"
                        && fileExists(place.path("\(file)/config.json"))
                    guard isFolder || endings.contains(where: file.hasSuffix) else { continue }
                    let end = isFolder ? nil : file.lastIndex(of: ".")
                    let name = String(file[..<(end ?? file.endIndex)])
                    guard !name.contains("="), !found.contains(where: { $0.name == name }) else {
                        continue
                    }
                    found.append((name, place.path(file)))
                }
            }
        }
        return found.map { "\($0.name)=\($0.path)" }
    }

    /// The file or folder of a name, with or without its ending; nil if there is none.
    func find(_ name: String, _ kind: Kind) -> String? {
        for folder in folders {
            if kind == .model, let snapshot = Self.snapshot(of: name, in: folder) {
                return snapshot
            }
            guard !name.contains("..") else { continue }
            for place in places(in: folder, kind) {
                let path = place.path(name)
                if kind == .model, fileExists(path.path("model_index.json")) { return path }
                if [.unet, .autoencoder, .controlNet].contains(kind),
                    fileExists(path.path("config.json"))
                {
                    return path
                }
                for ending in Self.endings where fileSize(path + ending) != nil {
                    return path + ending
                }
            }
        }
        return nil
    }

    /// Every model there is, each once.
    var models: [String] {
        var found: [String] = []
        for folder in folders {
            for place in places(in: folder, .model) {
                for name in Self.names(in: place) {
                    let path = place.path(name)
                    if fileExists(path.path("model_index.json")) {
                        found.append(path)
                    } else if Self.endings.dropFirst().contains(where: name.hasSuffix) {
                        found.append(path)
                    } else if let snapshot = Self.snapshot(in: path) {
                        found.append(snapshot)
                    }
                }
            }
        }
        return found
    }

    private static let endings = ["", ".safetensors", ".ckpt", ".gguf", ".pt", ".pth", ".bin"]

    private func places(in folder: String, _ kind: Kind) -> [String] {
        [folder, folder.path("models")].flatMap { root in
            kind.places.map { $0.isEmpty ? root : root.path($0) }
        }.filter(fileExists)
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    // MARK: Hugging Face

    /// `ORG/NAME`, or `NAME` of any organisation, in a cache of the hub.
    private static func snapshot(of name: String, in folder: String) -> String? {
        let parts = name.split(separator: "/")
        if parts.count == 2 {
            return snapshot(in: folder.path("models--\(parts[0])--\(parts[1])"))
        }
        guard parts.count == 1 else { return nil }
        return names(in: folder)
            .filter { $0.hasPrefix("models--") && $0.hasSuffix("--\(name)") }
            .lazy.compactMap { snapshot(in: folder.path($0)) }.first
    }

    /// The snapshot that `refs/main` names, or else any that is a whole model.
    private static func snapshot(in repository: String) -> String? {
        let all = repository.path("snapshots")
        guard fileExists(all) else { return nil }
        var names = names(in: all)
        if let main = try? readFile(repository.path("refs/main"), limit: 200) {
            let text = String(decoding: main, as: UTF8.self)
            names.insert(text.filter { !$0.isWhitespace && $0 != "/" }, at: 0)
        }
        return names.map { all.path($0) }.first { fileExists($0.path("model_index.json")) }
    }

    private static func hub(_ environment: [String: String]) -> [String] {
        let home = environment["HF_HOME"] ?? "~/.cache/huggingface"
        return [environment["HF_HUB_CACHE"] ?? home.path("hub")]
            .map { expanded($0, environment) }.filter(fileExists)
    }

    // MARK: Configuration

    /// `models` of `pinxit/config.toml` in `$XDG_CONFIG_HOME`, which is `~/.config` where unset.
    private static func configured(_ environment: [String: String]) throws -> [String] {
        let root = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "~/.config"
        let path = expanded(root.path("pinxit/config.toml"), environment)
        guard fileExists(path) else { return [] }
        let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch {
            throw FileError(path: path, problem: "is no TOML: \(error)")
        }
        if let unknown = table.keys.first(where: { $0 != "models" }) {
            throw FileError(path: path, field: unknown, problem: "is unknown; models is accepted")
        }
        guard let value = table["models"] else { return [] }
        if let one = value.string { return [expanded(one, environment)] }
        let list = value.array.map { $0.map(\.string) }
        guard let list, list.allSatisfy({ $0 != nil }) else {
            throw FileError(
                path: path, field: "models",
                problem: "is not the path of a folder, or a list of such")
        }
        return list.compactMap(\.self).map { expanded($0, environment) }
    }

    private static func expanded(_ path: String, _ environment: [String: String]) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return path }
        return (environment["HOME"] ?? "") + path.dropFirst()
    }
}
