import FoundationEssentials
import Pinxit
import PinxitFiles

/// Where the model is when nobody says: `$PINXIT_MODEL`, or in `Models` here or near the program
/// the only one, or the one that ``usual`` names.
struct ModelSearch {
    /// The shipped model that paints best.
    private static let usual = "pinxit-small"

    let option: String?

    func folder() throws -> String {
        if let path = option ?? ProcessInfo.processInfo.environment["PINXIT_MODEL"] { return path }
        let shelves = Self.shelves()
        for shelf in shelves {
            let models = Self.models(in: shelf)
            if models.count == 1 { return models[0] }
            if let usual = models.first(where: { $0.hasSuffix("/\(Self.usual)") }) { return usual }
            if models.count > 1 {
                throw UsageError(
                    "which model? --model with one of \(models.joined(separator: ", ")) is accepted"
                )
            }
        }
        throw PaintError.missingModel(
            path: shelves[0],
            problem: "holds no model; --model DIR or PINXIT_MODEL names one in the diffusers layout"
        )
    }

    /// The folders of painters: those of the names given, which may be paths, or all of the first
    /// shelf that holds any.
    static func painters(_ names: [String]?) throws -> [String] {
        let shelves = shelves()
        let shelf = shelves.first { !models(in: $0).isEmpty }
        let all = shelf.map(models) ?? []
        guard let names else {
            guard !all.isEmpty else {
                throw PaintError.missingModel(
                    path: shelves[0], problem: "holds no model; --models A,B names some")
            }
            return all
        }
        return try names.map { name in
            let found = [shelf.map { "\($0)/\(name)" }, name].compactMap { $0 }
                .first { fileExists($0 + "/model_index.json") }
            guard let found else {
                let accepted = all.map { $0.lastPathPart }.joined(separator: ", ")
                throw UsageError(
                    "--models \(name): no model; accepted are \(accepted) and paths of folders with model_index.json"
                )
            }
            return found
        }
    }

    /// A model that ships, by the name of its folder in `Models`.
    static func folder(named name: String) throws -> String {
        let candidates = shelves().map { "\($0)/\(name)" }
        guard let found = candidates.first(where: { fileExists($0 + "/config.json") }) else {
            throw PaintError.missingModel(
                path: candidates[0],
                problem: "is not there; --model DIR names a CLIP's folder")
        }
        return found
    }

    /// `Models` in the present folder, beside the program, and in the folders above it.
    private static func shelves() -> [String] {
        var shelves = ["Models"]
        guard
            var folder = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")
        else { return shelves }
        for _ in 0..<5 where folder.contains("/") {
            folder = folder.parentPath
            shelves.append(folder + "/Models")
        }
        return shelves
    }

    private static func models(in shelf: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: shelf)) ?? []
        return names.sorted().map { "\(shelf)/\($0)" }.filter {
            fileExists($0 + "/model_index.json")
        }
    }
}
