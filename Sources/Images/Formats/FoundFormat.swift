import FoundationEssentials
import PinxitFiles

/// What a file that is meant to be a picture is, by its first bytes.
enum FoundFormat: Equatable {
    /// Read and written.
    case own(PictureFormat)
    /// Read only.
    case gif, bmp
    /// Not read: what it is called.
    case other(String)
    case unknown

    init(_ bytes: some Collection<UInt8>) {
        if let format = PictureFormat(contents: bytes) {
            self = .own(format)
        } else if GIF.signatures.contains(where: { bytes.starts(with: $0) }) {
            self = .gif
        } else if BMP.isOne(Array(bytes.prefix(16))) {
            self = .bmp
        } else {
            self = Self.name(Array(bytes.prefix(256))).map { .other($0) } ?? .unknown
        }
    }

    var isRead: Bool {
        switch self {
        case .own, .gif, .bmp: true
        case .other, .unknown: false
        }
    }

    private static func name(_ bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "an empty file" }
        let starts: [(String, [UInt8])] = [
            ("TIFF", Array("II*\0".utf8)), ("TIFF", Array("MM\0*".utf8)),
            ("TIFF", Array("II+\0".utf8)), ("JPEG XL", [0xFF, 0x0A]),
            ("JPEG XL", [0, 0, 0, 12] + Array("JXL ".utf8)),
            ("JPEG 2000", [0, 0, 0, 12] + Array("jP  ".utf8)),
            ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]), ("Photoshop's PSD", Array("8BPS".utf8)),
            ("PDF", Array("%PDF".utf8)), ("an icon (ICO)", [0, 0, 1, 0]),
            ("OpenEXR", [0x76, 0x2F, 0x31, 0x01]), ("QOI", Array("qoif".utf8)),
            ("Netpbm", Array("P6".utf8)), ("Netpbm", Array("P5".utf8)),
        ]
        if let found = starts.first(where: { bytes.starts(with: $0.1) }) { return found.0 }
        if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) {
            let brands = String(decoding: bytes.dropFirst(8).prefix(56), as: UTF8.self)
            if ["avif", "avis"].contains(where: { brands.contains($0) }) { return "AVIF" }
            let isHEIF = ["heic", "heix", "hevc", "heim", "mif1", "msf1"].contains {
                brands.contains($0)
            }
            return isHEIF ? "HEIC" : "a film"
        }
        let text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace }
        if text.hasPrefix("<svg") || text.hasPrefix("<?xml") { return "SVG or other XML" }
        switch bytes.withUnsafeBytes({ ForeignFile($0) }) {
        case .gitLFSPointer: return "a git-lfs pointer, which `git lfs pull` replaces by the file"
        case .webPage: return "a web page"
        case nil: return nil
        }
    }
}

extension Picture {
    /// Whether a regular file holds a picture of a kind that is read, by its first bytes.
    ///
    /// - Throws: `ImageError` where it cannot be read.
    public static func isHeld(by file: String) throws(ImageError) -> Bool {
        do {
            return FoundFormat(try readStart(of: file, count: 16)).isRead
        } catch {
            throw .unreadable(file: file, reason: error.problem)
        }
    }

    /// How names of files end that are read.
    public static let readExtensions =
        PictureFormat.allCases.flatMap(\.extensions) + [".gif", ".bmp"]
}
