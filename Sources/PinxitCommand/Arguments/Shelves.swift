import FoundationEssentials
import PinxitFiles

/// The folders that came with the program: `Models` and `Recipes`.
enum Shelves {
    /// Where a folder of that name may be, the nearest first: in the present folder, beside the
    /// program, in the folders above it, and in `share/pinxit` of those, where `make install` puts
    /// it.
    static func places(of name: String) -> [String] {
        var places = [name]
        for folder in programFolders {
            places.append(folder.path(name))
            places.append(folder.path("share/pinxit/\(name)"))
        }
        return places
    }

    /// The folder of the program and those above it.
    private static var programFolders: [String] {
        guard
            var folder = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")
        else { return [] }
        var folders: [String] = []
        for _ in 0..<5 where folder.count > 1 {
            folder = folder.parentPath
            folders.append(folder)
        }
        return folders
    }

    /// A recipe that came with the program, by its path from the package's root.
    ///
    /// - Parameter name: Such as `clip.json`.
    /// - Returns: The place in the present folder where there is none, for messages.
    static func recipe(_ name: String) -> String {
        places(of: "Recipes").map { $0.path(name) }.first(where: fileExists) ?? "Recipes/\(name)"
    }

    /// The recipe that is asked for: a file, or `Recipes/NAME` of those that came with the program,
    /// wherever it lies; where none is, the usual one of that name.
    static func recipe(asked: String?, usual name: String) -> String {
        guard let asked else { return recipe(name) }
        guard !fileExists(asked), asked.hasPrefix("Recipes/") else { return asked }
        return recipe(String(asked.dropFirst("Recipes/".count)))
    }
}
