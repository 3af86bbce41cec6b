import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitPlatform

/// `pinxit-server`, which `pinxit serve` and `pinxit worker` go on as, and what it is told.
enum ServerProgram {
    private static let policies = ["off", "low", "standard", "strict"]

    static func check(policy: String) throws {
        guard policies.contains(policy) else {
            throw UsageError(
                "--policy \(policy): \(policies.joined(separator: ", ")) are accepted")
        }
    }

    /// `NAME=PATH` of what is served, the usual one first.
    static func models(_ model: [String]) throws -> [String] {
        let paths =
            try model.isEmpty ? all() : model.map { try ModelSearch.named($0, by: "--model") }
        var named: [(name: String, path: String)] = []
        for path in paths {
            let name = try ModelFolder(path).name
            guard !named.contains(where: { $0.name == name }) else { continue }
            named.append((name, path.hasPrefix("/") ? path : present.path(path)))
        }
        return named.map { "\($0.name)=\($0.path)" }
    }

    /// Every model that is found, the usual one first, those that are none left out.
    private static func all() throws -> [String] {
        let usual = try ModelSearch(option: nil).folder()
        let others = try ModelSearch.all() + ModelLibrary().models
        return [usual] + others.filter { $0 != usual && (try? ModelFacts(ModelFolder($0))) != nil }
    }

    /// Where LoRAs lie, as the server is told: where the command line looks for them.
    ///
    /// - Parameter given: By `--lora-dir`.
    static func loraFolders(_ given: [String]) throws -> [String] {
        for folder in given where !fileExists(folder) {
            throw MissingInput("--lora-dir \(folder): is not there; a folder is accepted")
        }
        return try LoRAArguments.folders(given).flatMap { folder in
            let path = folder.path.hasPrefix("/") ? folder.path : present.path(folder.path)
            return ["--lora-dir", folder.isDeep ? path : "flat=\(path)"]
        }
    }

    static var present: String { FileManager.default.currentDirectoryPath }

    static func own() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    /// The server's program, beside this one.
    private static func server() throws -> String {
        let path = try own().parentPath.path("pinxit-server")
        guard fileExists(path) else {
            throw MissingInput("\(path) is not there; make serve builds it")
        }
        return path
    }

    /// Goes on as another program.
    static func execute(_ arguments: [String]) throws {
        let program = try server()
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &words)
        for word in words { free(word) }
        throw MissingInput("\(program) cannot be started: \(String(cString: strerror(errno)))")
    }
}
