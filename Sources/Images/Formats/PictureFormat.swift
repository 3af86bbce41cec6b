/// The kinds of picture file that are read and written, told apart by contents when read and by
/// name when written. GIF and BMP are read only; ``AnimatedGIF`` writes animations.
public enum PictureFormat: Sendable, CaseIterable {
    case png, jpeg, webP

    /// By the first bytes; nil for anything else.
    public init?(contents bytes: some Collection<UInt8>) {
        if bytes.starts(with: PNGChunks.signature) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: Array("RIFF".utf8)),
            bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        {
            self = .webP
        } else {
            return nil
        }
    }

    /// By the end of a file's name, in any case; nil for anything else.
    public init?(name: String) {
        let name = name.lowercased()
        let format = Self.allCases.first { $0.extensions.contains(where: name.hasSuffix) }
        guard let format else { return nil }
        self = format
    }

    /// How names of such files end, the usual one first.
    public var extensions: [String] {
        switch self {
        case .png: [".png"]
        case .jpeg: [".jpg", ".jpeg"]
        case .webP: [".webp"]
        }
    }
}
