/// What SDXL is told of a picture beside its text (Podell et al. 2023, arXiv 2307.01952, section
/// 2.2).
package struct MicroConditions: Sendable, Equatable {
    /// Height and width of the picture a training picture was made from; larger is sharper.
    package var originalSize: (height: Int, width: Int)
    /// Where it was cut, from the top and from the left; 0 is not at all.
    package var crop: (top: Int, left: Int)
    /// Height and width of what is painted.
    package var targetSize: (height: Int, width: Int)
    /// How well people would like it, 0 to 10; told in place of the target size to a refiner.
    package var aestheticScore: Double

    package init(
        originalSize: (height: Int, width: Int), crop: (top: Int, left: Int),
        targetSize: (height: Int, width: Int), aestheticScore: Double
    ) {
        self.originalSize = originalSize
        self.crop = crop
        self.targetSize = targetSize
        self.aestheticScore = aestheticScore
    }

    /// How many numbers there may be.
    static let counts = [5, 6]

    /// In the order in which the U-Net takes them: 6, or 5 with the score in place of the target's
    /// size.
    package func numbers(_ count: Int) -> [Float] {
        let common = [originalSize.height, originalSize.width, crop.top, crop.left].map(Float.init)
        return count == 5
            ? common + [Float(aestheticScore)]
            : common + [Float(targetSize.height), Float(targetSize.width)]
    }

    package static func == (a: MicroConditions, b: MicroConditions) -> Bool {
        a.originalSize == b.originalSize && a.crop == b.crop && a.targetSize == b.targetSize
            && a.aestheticScore == b.aestheticScore
    }
}
