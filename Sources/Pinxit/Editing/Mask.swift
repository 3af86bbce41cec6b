import PinxitImages

/// Which part of a picture is repainted, and how the new is joined to the old.
public struct Mask: Sendable, Equatable {
    /// What says which part it is.
    public var area: Area
    /// Whether white stays and black is repainted.
    public var isInverted: Bool
    /// Pixels over which the edge is softened, of ``blurs``.
    public var blur: Double
    /// Paint the part around the mask alone, at the full size, with so many pixels of its
    /// surroundings; nil is the whole picture.
    public var padding: Int?
    /// What lies under the mask before it is repainted.
    public var fill: Fill

    /// What says which part of a picture it is.
    public enum Area: Sendable, Equatable {
        /// White is repainted, black stays, gray is between. Where it has transparent pixels these
        /// are repainted, and colours do not count. Of the picture's size, or of its shape.
        case picture(Picture)
        /// What the words say, where the model's own attention finds it before it paints; see
        /// ``Painter/mask(of:in:caption:precision:)``. The caption says what all of the picture
        /// shows, with the words in it; nil is the words alone.
        case words(String, caption: String? = nil)
    }

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
        self.init(
            area: .picture(picture), isInverted: isInverted, blur: blur, padding: padding,
            fill: fill)
    }

    /// A mask that a picture or words say, with a soft edge.
    public init(
        area: Area, isInverted: Bool = false, blur: Double = 4, padding: Int? = nil,
        fill: Fill = .original
    ) {
        self.area = area
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
        switch area {
        case .picture(let picture): try Self.check(picture, for: other)
        case .words(let words, let caption):
            guard Self.phrase(words, in: caption ?? words) == nil else { break }
            throw .request(
                field: "mask",
                problem: words.allSatisfy(\.isWhitespace)
                    ? "has no words" : "\"\(words)\" is not in the caption \"\(caption ?? "")\"")
        }
    }

    private static func check(_ picture: Picture, for other: Picture) throws(PaintError) {
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
    ///
    /// - Parameter mode: How the other picture came to its size.
    /// - Throws: `PaintError.request` for words, which are looked for before.
    func levels(
        like other: Picture, _ mode: ResizeMode = .stretch
    ) throws(PaintError) -> Picture {
        guard case .picture(let picture) = area else {
            throw .request(field: "mask", problem: "its words are looked for only by painting")
        }
        var levels = picture.opacity.resized(
            to: PictureSize(width: other.width, height: other.height), mode)
        if isInverted { levels.pixels = levels.pixels.map { 255 - $0 } }
        return levels.blurred(radius: blur)
    }

    /// Why nothing is left of it to repaint.
    func emptiness(
        over other: Picture, _ mode: ResizeMode
    ) throws(PaintError) -> String {
        var sharp = self
        sharp.blur = 0
        return try sharp.levels(like: other, mode).pixels.contains { $0 >= 128 }
            ? "is too small for its blur of \(blur) pixels, which leaves nothing of it; "
                + "a smaller one is accepted, 0 is none"
            : "covers nothing: \(isInverted ? "black" : "white") is repainted"
    }
}

extension Picture {
    /// How much a mask repaints, before it is inverted.
    fileprivate var opacity: Picture {
        guard channels == 4 else { return gray }
        let alpha = stride(from: 3, to: pixels.count, by: 4).map { pixels[$0] }
        guard alpha.contains(where: { $0 < 255 }) else { return gray }
        return Picture(
            width: width, height: height, channels: 1, pixels: alpha.map { 255 - $0 })
    }
}

/// `{"picture": …, "invert": false, "blur": 4, "padding": null, "fill": "original"}`, or with
/// `"words": "the dog", "caption": "a dog and a cat"` in the picture's place; all but the picture
/// or the words may be left out.
extension Mask: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case picture, words, caption, invert, blur, padding, fill
    }

    /// - Throws: `PaintError.request` for a name that is unknown; `DecodingError` for a value of
    ///   another type.
    public init(from decoder: any Decoder) throws {
        try decoder.container(keyedBy: RequestKey.self)
            .refuseUnknown(known: CodingKeys.allCases.map(\.stringValue), in: "mask")
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let area: Area
        if values.contains(.words) {
            guard !values.contains(.picture) else {
                throw PaintError.request(
                    field: "mask", problem: "has a picture and words; one of them is accepted")
            }
            area = .words(
                try values.decode(String.self, forKey: .words),
                caption: try values.decodeIfPresent(String.self, forKey: .caption))
        } else {
            area = .picture(try values.decode(Picture.self, forKey: .picture))
        }
        self.init(
            area: area,
            isInverted: try values.decodeIfPresent(Bool.self, forKey: .invert) ?? false,
            blur: try values.decodeIfPresent(Double.self, forKey: .blur) ?? 4,
            padding: try values.decodeIfPresent(Int.self, forKey: .padding),
            fill: try values.decodeIfPresent(Fill.self, forKey: .fill) ?? .original)
    }

    /// All of it; a padding of nil is left out.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch area {
        case .picture(let picture): try values.encode(picture, forKey: .picture)
        case .words(let words, let caption):
            try values.encode(words, forKey: .words)
            try values.encodeIfPresent(caption, forKey: .caption)
        }
        try values.encode(isInverted, forKey: .invert)
        try values.encode(blur, forKey: .blur)
        try values.encodeIfPresent(padding, forKey: .padding)
        try values.encode(fill, forKey: .fill)
    }
}
