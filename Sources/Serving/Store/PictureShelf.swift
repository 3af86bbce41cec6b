import FoundationEssentials
import PinxitFiles
import PinxitImages

/// Picture files by the SHA-256 of their bytes: the same picture lies there once, and a name never
/// becomes a path.
public struct PictureShelf: Sendable {
    private let storage: any FileStorage

    init(_ storage: any FileStorage) { self.storage = storage }

    /// Keeps a file.
    ///
    /// - Returns: Its hash.
    func put(_ bytes: Data) throws -> String {
        let hash = SHA256.hex(bytes)
        try storage.write(bytes, hash, "png")
        return hash
    }

    /// The file of a hash.
    ///
    /// - Throws: `ServingError.notFound`.
    func bytes(_ hash: String) throws -> Data {
        guard Self.isHash(hash), let bytes = try storage.read(hash, "png") else {
            throw ServingError.notFound("the picture \(hash.prefix(64))")
        }
        return bytes
    }

    /// Whether a picture is there.
    func has(_ hash: String) throws -> Bool { try Self.isHash(hash) && storage.has(hash, "png") }

    func remove(_ hash: String) throws {
        guard Self.isHash(hash) else { return }
        try storage.remove(hash)
    }

    /// Removes what nothing has needed for a while and is still there.
    func sweep(except needed: () throws -> Set<String>) throws {
        try storage.sweep(except: needed)
    }

    /// Bytes of all files.
    func size() throws -> Int { try storage.size() }

    /// Whether a text is what ``put(_:)`` gives.
    public static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
