import PinxitImages

/// Which part of a picture is repainted, and how the new is joined to the old.
public struct Mask: Sendable, Equatable {
    /// White is repainted, black stays, gray is between. Where it has transparent pixels these are
    /// repainted, and colours do not count. Of the picture's size, or of its shape.
    public var picture: Picture
    /// Whether white stays and black is repainted.
    public var isInverted: Bool
    /// Pixels over which the edge is softened, of ``blurs``.
    public var blur: Double
    /// Paint the part around the mask alone, at the full size, with so many pixels of its
    /// surroundings; nil is the whole picture.
    public var padding: Int?
    /// What lies under the mask before it is repainted.
    public var fill: Fill

    /// The blurs that are accepted, in pixels.
    public static let blurs = 0...256.0

    /// What lies under a mask before it is repainted.
    public enum Fill: String, Sendable, CaseIterable, Codable {
        /// The picture.
        case original
        /// The colours of its surroundings, blurred.
        case surroundings
        /// Noise.
        case noise
        /// Nothing: the middle of all pictures.
        case nothing
    }

    /// A mask whose white part is repainted, with a soft edge.
    public init(
        _ picture: Picture, isInverted: Bool = false, blur: Double = 4, padding: Int? = nil,
        fill: Fill = .original
    ) {
        self.picture = picture
        self.isInverted = isInverted
        self.blur = blur
        self.padding = padding
        self.fill = fill
    }

    /// - Throws: `PaintError.request` for a mask that does not fit the picture.
    func check(for other: Picture) throws(PaintError) {
        guard Self.blurs.contains(blur) else {
            throw .request(field: "mask blur", problem: "\(blur) is not from 0 to 256")
        }
        if let padding, !(0...4096).contains(padding) {
            throw .request(field: "padding", problem: "\(padding) is not from 0 to 4096")
        }
        // One pixel of rounding is no other shape.
        let (across, down) = (picture.width * other.height, picture.height * other.width)
        guard abs(across - down) <= max(other.width, other.height) + max(across, down) / 100 else {
            throw .request(
                field: "mask",
                problem: "is \(picture.width)x\(picture.height), the picture "
                    + "\(other.width)x\(other.height); one of the same shape is accepted")
        }
    }

    /// One channel of the other picture's size, 255 where to repaint and 0 where to keep.
    func levels(like other: Picture) -> Picture {
        var levels = opacity.resized(width: other.width, height: other.height, filter: .lanczos)
        if isInverted { levels.pixels = levels.pixels.map { 255 - $0 } }
        return levels.blurred(radius: blur)
    }

    /// How much is repainted, before it is inverted.
    private var opacity: Picture {
        guard picture.channels == 4 else { return picture.gray }
        let alpha = stride(from: 3, to: picture.pixels.count, by: 4).map { picture.pixels[$0] }
        guard alpha.contains(where: { $0 < 255 }) else { return picture.gray }
        return Picture(
            width: picture.width, height: picture.height, channels: 1,
            pixels: alpha.map { 255 - $0 })
    }
}

/// `{"picture": …, "invert": false, "blur": 4, "padding": null, "fill": "original"}`; all but the
/// picture may be left out.
extension Mask: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case picture, invert, blur, padding, fill
    }

    /// - Throws: `PaintError.request` for a name that is unknown; `DecodingError` for a value of
    ///   another type.
    public init(from decoder: any Decoder) throws {
        try decoder.container(keyedBy: RequestKey.self)
            .refuseUnknown(known: CodingKeys.allCases.map(\.stringValue), in: "mask")
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try values.decode(Picture.self, forKey: .picture),
            isInverted: try values.decodeIfPresent(Bool.self, forKey: .invert) ?? false,
            blur: try values.decodeIfPresent(Double.self, forKey: .blur) ?? 4,
            padding: try values.decodeIfPresent(Int.self, forKey: .padding),
            fill: try values.decodeIfPresent(Fill.self, forKey: .fill) ?? .original)
    }

    /// All of it; a padding of nil is left out.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(picture, forKey: .picture)
        try values.encode(isInverted, forKey: .invert)
        try values.encode(blur, forKey: .blur)
        try values.encodeIfPresent(padding, forKey: .padding)
        try values.encode(fill, forKey: .fill)
    }
}
