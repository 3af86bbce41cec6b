import Datasets
import Images

/// Whether a model copies: how near painted pictures of held-out combinations lie to the nearest
/// training picture, beside how near real pictures of the same combinations lie.
///
/// Composed pictures always have near relatives among the training pictures (the same object in
/// another colour), so a distance alone says nothing. A model that composes lies as far away as
/// the real ones; one that copies lies nearer. Distances are root mean squares over 16 x 16 RGB, in
/// levels of 255.
public struct Memorisation: Sendable, Hashable {
    public var trainingPictures: Int
    /// Sorted.
    public var painted: [Double]
    public var real: [Double]

    /// Share of painted pictures nearer than all but a share of the real ones. Expected of a model
    /// that does not copy: about that share, or less where it paints badly.
    public func shareBelow(quantile: Double) -> Double {
        let limit = Self.quantile(real, quantile)
        return painted.isEmpty
            ? 0 : Double(painted.count { $0 < limit }) / Double(painted.count)
    }

    /// Linear between the neighbours; of sorted values.
    public static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard let last = values.last else { return 0 }
        let place = share * Double(values.count - 1)
        let low = min(Int(place), values.count - 1)
        guard low + 1 < values.count else { return last }
        return values[low] + (place - Double(low)) * (values[low + 1] - values[low])
    }
}

/// The first training pictures, small, for looking up the nearest.
struct TrainingThumbnails {
    static let side = 16
    let composer: Composer
    private let thumbnails: [[UInt8]]

    /// - Parameter size: the side at which pictures are painted.
    init(_ library: SpriteLibrary, count: Int, size: Int) {
        let composer = Composer(library: library, split: .train)
        self.composer = composer
        thumbnails = inParallel(count) {
            Self.thumbnail(composer.render(composer.spec(at: $0), size: size))
        }
    }

    func nearest(to picture: Picture) -> (index: Int, distance: Double)? {
        let query = Self.thumbnail(picture)
        var best: (index: Int, sum: Int32)?
        for (index, thumbnail) in thumbnails.enumerated() {
            let sum = Self.squaredDistance(query, thumbnail)
            if sum < best?.sum ?? .max { best = (index, sum) }
        }
        return best.map { ($0.index, (Double($0.sum) / Double(query.count)).squareRoot()) }
    }

    /// The training picture itself.
    func picture(_ index: Int, size: Int) -> Picture {
        composer.render(composer.spec(at: index), size: size)
    }

    private static func thumbnail(_ picture: Picture) -> [UInt8] {
        picture.rgb().resized(width: side, height: side, filter: .box).pixels
    }

    // Whole numbers, at most 768 * 255^2, so that the compiler may add in any order.
    private static func squaredDistance(_ a: [UInt8], _ b: [UInt8]) -> Int32 {
        var sum: Int32 = 0
        for i in 0..<min(a.count, b.count) {
            let difference = Int32(a[i]) - Int32(b[i])
            sum &+= difference &* difference
        }
        return sum
    }
}
