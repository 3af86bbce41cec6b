import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitWorkers

/// What explains pictures, by the pictures' hashes: JSON, and PNG files of steps beside it. It can
/// be made again, and goes with its picture.
struct ExplanationShelf: Sendable {
    private let folder: String

    init(folder: String) { self.folder = folder }

    /// Keeps what a worker reported; the JSON comes last, so that where it is all is.
    ///
    /// - Parameter bytes: Of the steps' pictures, one behind the other.
    func put(
        _ json: String, _ steps: [ReportedStepPicture], _ bytes: Data, of hash: String
    ) throws {
        guard PictureShelf.isHash(hash) else { throw ServingError.notFound("the picture") }
        try makeFolder(path(hash, "json").parentPath)
        var rest = bytes[...]
        for step in steps {
            try write(rest.prefix(step.bytes), path(hash, "\(step.step).png"))
            rest = rest.dropFirst(step.bytes)
        }
        try write(Data(json.utf8), path(hash, "json"))
    }

    private func write(_ bytes: Data, _ path: String) throws {
        try AtomicFile.write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
    }

    /// Nil where the picture was not explained.
    func json(_ hash: String) throws -> Data? { try read(hash, "json") }

    /// The picture of a step; nil where there is none.
    func step(_ step: Int, of hash: String) throws -> Data? { try read(hash, "\(step).png") }

    private func read(_ hash: String, _ name: String) throws -> Data? {
        guard PictureShelf.isHash(hash), fileExists(path(hash, name)) else { return nil }
        return Data(try readFile(path(hash, name)))
    }

    func remove(_ hash: String) {
        guard PictureShelf.isHash(hash) else { return }
        let part = path(hash, "json").parentPath
        for name in (try? FileManager.default.contentsOfDirectory(atPath: part)) ?? []
        where name.hasPrefix(hash) {
            unlink(part.path(name))
        }
    }

    /// Bytes of all files.
    var size: Int { PictureShelf.size(of: folder) }

    private func path(_ hash: String, _ name: String) -> String {
        folder.path("\(hash.prefix(2))/\(hash).\(name)")
    }
}

extension PictureShelf {
    /// Whether the picture of a hash is the same as that of a file, pixel for pixel.
    func has(_ hash: String, as file: Data) throws -> Bool {
        let old = try RequestPictures.picture(try bytes(hash), "source").rgb()
        let new = try RequestPictures.picture(file, "picture").rgb()
        return old.width == new.width && old.pixels == new.pixels
    }
}
