/// A size in pixels.
public struct PictureShape: Sendable, Hashable {
    /// From left to right.
    public var width: Int
    /// From top to bottom.
    public var height: Int

    /// Any two numbers.
    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    var area: Int { width * height }
}

/// The shapes that pictures of any shape are brought to, so that little of them is cut off while
/// the pictures of a batch have one shape.
///
/// Of a side S and a step k they are, as NovelAI's and those of kohya's trainers
/// (`make_bucket_resolutions`), every w x h with w and h multiples of k from S / 2 to 2 S, where h
/// is the largest with w h at most S², or w and h the other way round; and the largest square. A
/// picture goes to the one whose aspect ratio's logarithm is nearest to its own. (kohya's compare
/// the ratios themselves, by which a picture and its turned twin may go to unlike shapes.)
struct AspectBuckets: Sendable, Hashable {
    /// From the narrowest to the widest.
    let shapes: [PictureShape]

    /// - Parameters:
    ///   - size: S.
    ///   - step: k, at most S.
    init(size: Int, step: Int) {
        precondition(step > 0 && step <= size, "shapes of \(size) in steps of \(step)")
        func floor(_ length: Int) -> Int { length / step * step }
        let (shortest, longest) = (max(step, floor(size / 2)), floor(2 * size))
        var all: Set<PictureShape> = [.init(width: floor(size), height: floor(size))]
        for width in stride(from: shortest, through: longest, by: step) {
            let height = min(longest, floor(size * size / width))
            guard height >= shortest else { continue }
            all.insert(.init(width: width, height: height))
            all.insert(.init(width: height, height: width))
        }
        shapes = all.sorted { ($0.width, $1.height) < ($1.width, $0.height) }
    }

    /// The shape of a picture's bucket; of two as near the larger.
    func shape(width: Int, height: Int) -> PictureShape {
        // By how many times one aspect ratio is the other: the same for turned twins.
        func distance(_ shape: PictureShape) -> Double {
            let (one, other) = (width * shape.height, height * shape.width)
            return Double(max(one, other)) / Double(min(one, other))
        }
        return shapes.min { (distance($0), -$0.area) < (distance($1), -$1.area) }
            ?? PictureShape(width: width, height: height)
    }
}
