import PinxitFiles

/// A picture of a folder, with what is said of it.
struct PictureEntry: Sendable {
    /// Where its bytes lie.
    struct Place: Sendable {
        /// The file, or the tar that holds it.
        let file: String
        /// The member's name in the tar and its bytes there.
        var member: TarIndex.Member?

        /// How it is named to people.
        var name: String { member.map { "\(file): \($0.name)" } ?? file }
    }

    let place: Place
    /// Without repetitions; empty where nothing says what the picture shows.
    var captions: [String]
    /// How often it comes in an epoch.
    var repeats = 1
    /// In pixels, upright.
    var width = 0
    var height = 0
    /// Of the file's bytes.
    var hash = ContentHash(size: 0, value: 0)

    var shape: PictureShape { PictureShape(width: width, height: height) }
}

/// What tells contents apart: their size and the 64-bit FNV-1a hash of their bytes.
struct ContentHash: Hashable, Sendable {
    let size: Int
    let value: UInt64
}

extension ContentHash {
    init(_ bytes: [UInt8]) { self.init(size: bytes.count, value: fnv1a64(bytes)) }

    /// Whether the picture is kept for testing: one in ten is, wherever the file lies.
    var isHeldOut: Bool { value % 10 == 0 }
}

/// A file, or a line of one, that cannot be used.
public struct BrokenFile: Sendable, Equatable, CustomStringConvertible {
    /// The file, with the line or the member if it is not the whole file.
    public let name: String
    /// What is wrong with it.
    public let reason: String

    /// Name and reason in one line.
    public var description: String { "\(name): \(reason)".printable }
}
