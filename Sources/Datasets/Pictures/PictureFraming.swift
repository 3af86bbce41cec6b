import PinxitImages
import PinxitTensors

/// How pictures of any shape become ones of one size, or of a few.
public struct PictureFraming: Sendable, Hashable {
    /// What is taken of a picture that is no square.
    public enum Crop: String, Sendable, CaseIterable {
        /// The square in its middle.
        case center
        /// A square anywhere in it, between eight ninths of the shorter side and all of it.
        case random
        /// All of it, between borders of the background.
        case none
        /// Nearly all of it, in the shape among the buckets that is nearest to its own.
        case bucket
    }

    /// The side of the squares in pixels; of other shapes the root of the largest area.
    public var size: Int
    /// What of a picture is seen.
    public var crop: Crop
    /// What the sides of buckets are multiples of.
    public var bucketStep: Int
    /// Whether half of the pictures are turned left to right.
    public var mirrors: Bool
    /// What is seen through transparent pictures and around ones that are not cropped: RGB.
    public var background: [UInt8]

    /// - Precondition: `background` has three values.
    public init(
        size: Int = 128, crop: Crop = .center, bucketStep: Int = 64, mirrors: Bool = false,
        background: [UInt8] = [255, 255, 255]
    ) {
        precondition(background.count == 3, "a background of \(background.count) values is no RGB")
        (self.size, self.crop, self.mirrors) = (size, crop, mirrors)
        (self.bucketStep, self.background) = (bucketStep, background)
    }

    /// The shapes of samples.
    ///
    /// - Parameter side: In place of ``size``.
    func shapes(side: Int) -> AspectBuckets? {
        crop == .bucket ? AspectBuckets(size: side, step: min(bucketStep, side)) : nil
    }

    /// What a stream of pictures of `side` keeps of each file: the picture with its shorter side as
    /// long as the largest square needs, or as its bucket has it, on the background.
    ///
    /// - Parameter original: The picture in its file, which decides its bucket; it may have been
    ///   decoded smaller.
    func kept(_ picture: Picture, of original: PictureShape? = nil, side: Int) -> Picture {
        let frame = frame(
            of: .init(width: picture.width, height: picture.height), original: original, side: side)
        let part = picture.rgb(over: background).cropped(
            x: frame.x, y: frame.y, width: frame.part.width, height: frame.part.height
        ).resized(width: frame.scaled.width, height: frame.scaled.height, filter: .lanczos)
        switch crop {
        case .center, .random: return part
        case .none:
            var square = Picture(width: side, height: side, color: background)
            square.paste(part, x: (side - part.width) / 2, y: (side - part.height) / 2)
            return square
        case .bucket:
            return part.cropped(
                x: frame.left, y: frame.top, width: frame.shape.width, height: frame.shape.height)
        }
    }

    /// What a sample shows of what is kept.
    func sample(of kept: Picture, side: Int, isMirrored: Bool, _ random: inout SplitMix64)
        -> Picture
    {
        var picture = kept
        switch crop {
        case .none, .bucket: break
        case .center:
            picture = kept.cropped(
                x: (kept.width - side) / 2, y: (kept.height - side) / 2, width: side, height: side)
        case .random:
            let square = square(
                in: .init(width: kept.width, height: kept.height), side: side, &random)
            picture = kept.cropped(
                x: square.x, y: square.y, width: square.edge, height: square.edge
            ).resized(width: side, height: side, filter: .lanczos)
        }
        return isMirrored ? picture.mirrored : picture
    }

    /// Where a sample lies in its picture.
    ///
    /// - Parameters:
    ///   - original: The picture in its file, upright.
    ///   - random: As for the sample itself.
    func view(
        of original: PictureShape, side: Int, isMirrored: Bool, _ random: inout SplitMix64
    ) -> PictureView {
        let frame = frame(of: original, side: side)
        var (left, top, scaled) = (frame.left, frame.top, frame.scaled)
        if crop == .random {
            let square = square(in: scaled, side: side, &random)
            // The square is brought to the side, and what is around it with it.
            func onto(_ length: Int) -> Int { rounded(length * side, by: square.edge) }
            (left, top) = (onto(square.x), onto(square.y))
            scaled = .init(width: onto(scaled.width), height: onto(scaled.height))
        }
        if isMirrored { left = max(0, scaled.width - frame.shape.width - left) }
        guard crop != .none else {
            return PictureView(original: original, left: 0, top: 0, shape: frame.shape)
        }
        let beside = (
            rounded(frame.x * scaled.width, by: frame.part.width),
            rounded(frame.y * scaled.height, by: frame.part.height)
        )
        return PictureView(
            original: original, left: left + beside.0, top: top + beside.1, shape: frame.shape)
    }

    private func square(
        in kept: PictureShape, side: Int, _ random: inout SplitMix64
    ) -> (x: Int, y: Int, edge: Int) {
        let edge = side + random.below(min(kept.width, kept.height) - side + 1)
        return (random.below(kept.width - edge + 1), random.below(kept.height - edge + 1), edge)
    }
}

/// A length divided and rounded.
private func rounded(_ length: Int, by divisor: Int) -> Int { (length + divisor / 2) / divisor }

extension PictureFraming {
    /// The part of a picture that is looked at, what it is scaled to, and where in that a sample
    /// lies that is cut from the middle.
    private struct Frame {
        var x = 0, y = 0
        var part: PictureShape
        var scaled: PictureShape
        var shape: PictureShape

        var left: Int { max(0, scaled.width - shape.width) / 2 }
        var top: Int { max(0, scaled.height - shape.height) / 2 }
    }

    private static let longestStrip = 4

    private func frame(
        of picture: PictureShape, original: PictureShape? = nil, side: Int
    ) -> Frame {
        let (width, height) = (picture.width, picture.height)
        let square = PictureShape(width: side, height: side)
        if let shapes = shapes(side: side) {
            let original = original ?? picture
            let shape = shapes.shape(width: original.width, height: original.height)
            let part = picture.strip(Self.longestStrip, of: shape)
            return Frame(
                x: (width - part.width) / 2, y: (height - part.height) / 2, part: part,
                scaled: part.covering(shape), shape: shape)
        }
        guard crop != .none else {
            let longest = max(width, height)
            func scaled(_ length: Int) -> Int { max(1, rounded(length * side, by: longest)) }
            return Frame(
                part: picture, scaled: .init(width: scaled(width), height: scaled(height)),
                shape: square)
        }
        let shortest = min(width, height)
        let short = crop == .random ? side + side / 8 : side
        func scaled(_ length: Int) -> Int { max(1, rounded(length * short, by: shortest)) }
        let part = picture.strip(Self.longestStrip, of: square)
        return Frame(
            x: (width - part.width) / 2, y: (height - part.height) / 2, part: part,
            scaled: .init(width: scaled(part.width), height: scaled(part.height)), shape: square)
    }
}

extension PictureShape {
    /// As much of a long strip as somebody may look at, a few times another shape: scaled to cover
    /// that, all of it would take any memory.
    fileprivate func strip(_ times: Int, of shape: PictureShape) -> PictureShape {
        PictureShape(
            width: min(width, max(1, times * height * shape.width / shape.height)),
            height: min(height, max(1, times * width * shape.height / shape.width)))
    }

    /// The least this is scaled to so that nothing of another shape stays bare.
    fileprivate func covering(_ shape: PictureShape) -> PictureShape {
        shape.width * height >= shape.height * width
            ? .init(
                width: shape.width,
                height: max(shape.height, rounded(height * shape.width, by: width)))
            : .init(
                width: max(shape.width, rounded(width * shape.height, by: height)),
                height: shape.height)
    }
}
