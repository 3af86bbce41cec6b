import FoundationEssentials
import PinxitFiles

/// A folder that LoRAs lie in, as command lines and servers look for them by name.
public struct LoRAFolder: Sendable, Hashable {
    /// Where it is; it may be missing.
    public let path: String
    /// Whether folders below it are looked through too, as AUTOMATIC1111's web UI and ComfyUI have
    /// them in their own folders of LoRAs.
    public let isDeep: Bool

    /// Endings of files, those that are taken first where a name has several.
    private static let endings = [".safetensors", ".pt", ".bin", ".ckpt", ".pth"]
    /// Folders within one another that are looked through.
    private static let deepest = 5

    /// A folder, which need not be there.
    public init(_ path: String, isDeep: Bool) { (self.path, self.isDeep) = (path, isDeep) }

    /// Files that may be LoRAs, each name once, in the order in which they are found; nothing is
    /// opened.
    public func files() -> [String] {
        var (found, names) = ([String](), Set<String>())
        for file in Self.files(in: path, depth: isDeep ? Self.deepest : 1)
        where names.insert(file.lastPathPart.withoutExtension).inserted {
            found.append(file)
        }
        return found
    }

    /// The file of a name, with or without its ending; nil where there is none.
    public func find(_ name: String) -> String? {
        guard !name.isEmpty, !name.contains("/"), name != "..", name != "." else { return nil }
        if let file = (Self.endings + [""]).map({ path.path(name + $0) })
            .first(where: { fileSize($0) != nil })
        {
            return file
        }
        guard isDeep else { return nil }
        return files().first {
            $0.lastPathPart == name || $0.lastPathPart.withoutExtension == name
        }
    }

    /// Those of the folder itself before those below it.
    private static func files(in folder: String, depth: Int) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let sorted = names.filter { !$0.hasPrefix(".") }.sorted()
        let own = endings.flatMap { ending in sorted.filter { $0.hasSuffix(ending) } }
            .map { folder.path($0) }.filter { fileSize($0) != nil }
        guard depth > 1 else { return own }
        return own
            + sorted.map { folder.path($0) }.filter { fileExists($0) && fileSize($0) == nil }
            .flatMap { files(in: $0, depth: depth - 1) }
    }
}
