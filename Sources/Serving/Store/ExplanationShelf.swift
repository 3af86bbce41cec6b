import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitWorkers

/// What explains pictures, by the pictures' hashes: JSON, and PNG files of steps beside it. It can
/// be made again, and goes with its picture.
struct ExplanationShelf: Sendable {
    private let storage: any FileStorage

    init(_ storage: any FileStorage) { self.storage = storage }

    /// Keeps what a worker reported; the JSON comes last, so that where it is all is.
    ///
    /// - Parameter bytes: Of the steps' pictures, one behind the other.
    func put(
        _ json: String, _ steps: [ReportedStepPicture], _ bytes: Data, of hash: String
    ) throws {
        guard PictureShelf.isHash(hash) else { throw ServingError.notFound("the picture") }
        var rest = bytes[...]
        for step in steps {
            try storage.write(Data(rest.prefix(step.bytes)), hash, "\(step.step).png")
            rest = rest.dropFirst(step.bytes)
        }
        try storage.write(Data(json.utf8), hash, "json")
    }

    /// Nil where the picture was not explained.
    func json(_ hash: String) throws -> Data? { try read(hash, "json") }

    /// The picture of a step; nil where there is none.
    func step(_ step: Int, of hash: String) throws -> Data? { try read(hash, "\(step).png") }

    private func read(_ hash: String, _ name: String) throws -> Data? {
        PictureShelf.isHash(hash) ? try storage.read(hash, name) : nil
    }

    func remove(_ hash: String) throws {
        guard PictureShelf.isHash(hash) else { return }
        try storage.remove(hash)
    }

    /// Removes what nothing has needed for a while and is still there.
    func sweep(except needed: () throws -> Set<String>) throws {
        try storage.sweep(except: needed)
    }

    /// Bytes of all files.
    func size() throws -> Int { try storage.size() }
}

extension PictureShelf {
    /// Whether the picture of a hash is the same as that of a file, pixel for pixel.
    func has(_ hash: String, as file: Data) throws -> Bool {
        let old = try RequestPictures.picture(try bytes(hash), "source").rgb()
        let new = try RequestPictures.picture(file, "picture").rgb()
        return old.width == new.width && old.pixels == new.pixels
    }
}
