import PinxitDatasets
import PinxitImages

/// A picture at 16 x 16 RGB, for comparing it with many.
struct Thumbnail: Sendable {
    static let side = 16
    private let pixels: [UInt8]

    init(_ picture: Picture) {
        pixels =
            picture.rgb().resized(width: Self.side, height: Self.side, filter: .box).pixels
    }

    /// The root mean square difference, in levels of 255.
    func distance(to other: Thumbnail) -> Double {
        (Double(squaredDistance(to: other)) / Double(pixels.count)).squareRoot()
    }

    // Whole numbers, at most 768 * 255^2, so that the compiler may add in any order.
    func squaredDistance(to other: Thumbnail) -> Int32 {
        var sum: Int32 = 0
        for i in 0..<min(pixels.count, other.pixels.count) {
            let difference = Int32(pixels[i]) - Int32(other.pixels[i])
            sum &+= difference &* difference
        }
        return sum
    }

    /// - Returns: nil among none.
    func nearest(in others: [Thumbnail]) -> (index: Int, distance: Double)? {
        var best: (index: Int, sum: Int32)?
        for (index, other) in others.enumerated() {
            let sum = squaredDistance(to: other)
            if sum < best?.sum ?? .max { best = (index, sum) }
        }
        return best.map { ($0.index, distance(to: others[$0.index])) }
    }
}

/// The first training pictures, small, for looking up the nearest.
struct TrainingThumbnails {
    let composer: Composer
    private let thumbnails: [Thumbnail]

    /// - Parameter size: the side at which pictures are compared.
    init(_ library: SpriteLibrary, count: Int, size: Int) {
        let composer = Composer(library: library, split: .train)
        self.composer = composer
        thumbnails = inParallel(count) {
            Thumbnail(composer.render(composer.spec(at: $0), size: size))
        }
    }

    func nearest(to picture: Picture) -> (index: Int, distance: Double)? {
        Thumbnail(picture).nearest(in: thumbnails)
    }

    /// The training picture itself.
    func picture(_ index: Int, size: Int) -> Picture {
        composer.render(composer.spec(at: index), size: size)
    }
}
