import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitPlatform

/// Picture files by the SHA-256 of their bytes: the same picture lies there once, and a name never
/// becomes a path.
public struct PictureShelf: Sendable {
    private let folder: String

    init(folder: String) throws(FileError) {
        self.folder = folder
        try makeFolder(folder)
    }

    /// Keeps a file.
    ///
    /// - Returns: Its hash.
    func put(_ bytes: Data) throws -> String {
        let hash = SHA256.hex(bytes)
        let path = path(hash)
        guard fileSize(path) != bytes.count else { return hash }
        try makeFolder(path.parentPath)
        try AtomicFile.write(to: path) { file in
            try bytes.withUnsafeBytes { try file.append($0) }
        }
        return hash
    }

    /// The file of a hash.
    ///
    /// - Throws: `ServingError.notFound`.
    public func bytes(_ hash: String) throws -> Data {
        guard Self.isHash(hash), fileExists(path(hash)) else {
            throw ServingError.notFound("the picture \(hash.prefix(64))")
        }
        return Data(try readFile(path(hash)))
    }

    /// Whether a picture is there.
    public func has(_ hash: String) -> Bool { Self.isHash(hash) && fileExists(path(hash)) }

    func remove(_ hash: String) {
        guard Self.isHash(hash) else { return }
        unlink(path(hash))
    }

    /// Bytes of all files.
    var size: Int { Self.size(of: folder) }

    /// Bytes of the files in a folder's folders.
    static func size(of folder: String) -> Int {
        var sum = 0
        let manager = FileManager.default
        for part in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] {
            for name in (try? manager.contentsOfDirectory(atPath: folder.path(part))) ?? [] {
                sum += fileSize(folder.path(part).path(name)) ?? 0
            }
        }
        return sum
    }

    /// Whether a text is what ``put(_:)`` gives.
    public static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private func path(_ hash: String) -> String { folder.path("\(hash.prefix(2))/\(hash).png") }
}
