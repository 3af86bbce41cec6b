import PinxitImages
import PinxitTensors

/// How pictures of any shape become squares of one size.
public struct PictureFraming: Sendable, Hashable {
    /// What is taken of a picture that is no square.
    public enum Crop: String, Sendable, CaseIterable {
        /// The square in its middle.
        case center
        /// A square anywhere in it, between eight ninths of the shorter side and all of it.
        case random
        /// All of it, between borders of the background.
        case none
    }

    /// The side of the squares in pixels.
    public var size: Int
    public var crop: Crop
    /// Whether half of the pictures are turned left to right.
    public var mirrors: Bool
    /// What is seen through transparent pictures and around ones that are not cropped: RGB.
    public var background: [UInt8]

    /// - Precondition: `background` has three values.
    public init(
        size: Int = 128, crop: Crop = .center, mirrors: Bool = false,
        background: [UInt8] = [255, 255, 255]
    ) {
        precondition(background.count == 3, "a background of \(background.count) values is no RGB")
        (self.size, self.crop, self.mirrors) = (size, crop, mirrors)
        self.background = background
    }

    /// What a stream of pictures of `side` keeps of each file: the picture with its shorter side as
    /// long as the largest square needs, on the background.
    func kept(_ picture: Picture, side: Int) -> Picture {
        let opaque = picture.rgb(over: background)
        let (width, height) = (picture.width, picture.height)
        func scaled(_ length: Int, _ by: (to: Int, from: Int)) -> Int {
            max(1, (length * by.to + by.from / 2) / by.from)
        }
        guard crop != .none else {
            let longest = max(width, height)
            let small = opaque.resized(
                width: scaled(width, (side, longest)), height: scaled(height, (side, longest)),
                filter: .lanczos)
            var square = Picture(width: side, height: side, color: background)
            square.paste(small, x: (side - small.width) / 2, y: (side - small.height) / 2)
            return square
        }
        let shortest = min(width, height)
        let short = crop == .random ? side + side / 8 : side
        // Nobody looks at more of a long strip than a few squares of it.
        let longest = min(max(width, height), shortest * Self.longestStrip)
        let strip = opaque.cropped(
            x: (width - min(width, longest)) / 2, y: (height - min(height, longest)) / 2,
            width: min(width, longest), height: min(height, longest))
        return strip.resized(
            width: scaled(strip.width, (short, shortest)),
            height: scaled(strip.height, (short, shortest)), filter: .lanczos)
    }

    private static let longestStrip = 4

    /// The square that a sample shows of what is kept.
    func square(of kept: Picture, side: Int, isMirrored: Bool, _ random: inout SplitMix64)
        -> Picture
    {
        var picture = kept
        switch crop {
        case .none: break
        case .center:
            picture = kept.cropped(
                x: (kept.width - side) / 2, y: (kept.height - side) / 2, width: side, height: side)
        case .random:
            let shortest = min(kept.width, kept.height)
            let edge = side + random.below(shortest - side + 1)
            picture = kept.cropped(
                x: random.below(kept.width - edge + 1), y: random.below(kept.height - edge + 1),
                width: edge, height: edge
            ).resized(width: side, height: side, filter: .lanczos)
        }
        return isMirrored ? picture.mirrored : picture
    }
}
