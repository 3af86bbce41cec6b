import FoundationEssentials
import PinxitFiles

/// A picture in JSON is a data URL, `data:image/png;base64,…`, so that a request carries its
/// pictures and never names a file of whoever reads it.
extension Picture: Codable {
    private static let pngHead = "data:image/png;base64,"
    /// What every ``digest`` begins with.
    public static let digestHead = "sha256:"

    /// `sha256:` and the digest of its pixels, which tells pictures apart.
    public var digest: String { Self.digestHead + SHA256.hex(pixels) }

    /// Set to true in an encoder's `userInfo` where a picture's digest is enough: what is written
    /// is `sha256:` and the digest of its pixels, which tells pictures apart and cannot be read
    /// back.
    public static let asDigest = CodingUserInfoKey(rawValue: "pinxit.pictures.digest")!

    /// A data URL of a PNG, or with ``asDigest`` the digest.
    ///
    /// - Throws: `ImageError.cannotEncode` if it has no PNG form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if encoder.userInfo[Self.asDigest] as? Bool == true {
            try container.encode(digest)
        } else {
            try container.encode(Self.pngHead + (try PNG.encode(self)).base64EncodedString())
        }
    }

    /// A picture without transparency is read as RGB.
    ///
    /// - Throws: `DecodingError` unless the string is a data URL, or base64 alone, of PNG, JPEG,
    ///   WebP, GIF or BMP.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        func wrong(_ problem: String) -> DecodingError {
            .dataCorruptedError(in: container, debugDescription: problem)
        }
        guard !text.hasPrefix(Self.digestHead) else {
            throw wrong("a digest names a picture; the picture itself is needed, as a data URL")
        }
        guard let bytes = Data(encodedPicture: text) else {
            throw wrong("no data URL or base64 of a PNG, JPEG, WebP, GIF or BMP picture")
        }
        do {
            let picture = try Picture(encoded: bytes, name: "picture")
            self = picture.isOpaque ? picture.rgb() : picture
        } catch {
            throw wrong("\(error)")
        }
    }
}
