import PinxitImages

/// Turns a picture into numbers, so that pictures alike in one attribute lie close together
/// (Euclidean distance) whatever else a model gets wrong.
///
/// Each was chosen so that a picture which shows the attribute clearly, but a poor object, is
/// still read rightly, as a person would read it.
enum Metric: Sendable, Hashable {
    /// 32 x 32 RGB pixels: the plain comparison, reported beside every attribute's own.
    case pixels
    /// The median colour of the outermost pixels: the background, whatever is drawn on it.
    case ground
    /// `side` x `side` RGB differences to the picture's own background, scaled to unit length.
    /// The length is taken out because a faint or blurred object lies near every faint reference;
    /// without that, average shapes attract all pictures.
    case drawing(side: Int)
    /// Where anything is drawn, 32 x 32, scaled to unit length: position and number, whatever
    /// the object's shape and colour.
    case mask
    /// The mean colour of what is drawn: the colour, whatever the shape.
    case ink
    /// How saturated, how dark and how bright what is drawn is: line drawings, cartoons with
    /// their black outlines and plain pictures differ in these. A comparison of pixels would
    /// punish thin lines that lie a pixel beside the reference's. The rough drawing counts a
    /// little, for things that are black and white in every style, such as a zebra.
    case strokes

    /// - Returns: nil where the picture shows nothing this could measure.
    func features(_ picture: Picture) -> [Float]? {
        switch self {
        case .pixels: return Canvas(picture, side: 32).pixels
        case .ground: return Canvas(picture, side: 32).ground
        case .drawing(let side): return unit(Canvas(picture, side: side).differences)
        case .mask: return unit(Canvas(picture, side: 32).mask)
        case .ink: return Canvas(picture, side: 64).ink
        case .strokes:
            guard let strokes = Canvas(picture, side: 64).strokes,
                let drawing = Metric.drawing(side: 16).features(picture)
            else { return nil }
            return strokes + drawing.map { 0.25 * $0 }
        }
    }

    private func unit(_ values: [Float]) -> [Float]? {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A few faint pixels are no drawing.
        guard length > 0.01 * Float(values.count).squareRoot() else { return nil }
        return values.map { $0 / length }
    }
}

/// A picture at a smaller size, taken apart into background and drawing.
struct Canvas {
    let side: Int
    /// RGB in [0, 1], `side * side * 3`.
    let pixels: [Float]
    /// The median colour of the outermost pixels: what is drawn seldom covers half of them.
    let ground: [Float]
    /// How surely each pixel is drawn on, in [0, 1].
    let mask: [Float]

    init(_ picture: Picture, side: Int) {
        self.side = side
        pixels = picture.rgb().resized(width: side, height: side, filter: .box).pixels
            .map { Float($0) / 255 }
        ground = Self.ground(pixels, side)
        mask = Self.mask(pixels, ground)
    }

    /// What stands out from the background, RGB, zero where nothing does.
    var differences: [Float] {
        pixels.indices.map { i -> Float in
            let weight: Float = min(1, 4 * mask[i / 3])
            return (pixels[i] - ground[i % 3]) * weight
        }
    }

    /// Mean RGB of what is drawn.
    var ink: [Float]? {
        guard let total = drawn else { return nil }
        var sum: [Float] = [0, 0, 0]
        for i in pixels.indices { sum[i % 3] += mask[i / 3] * pixels[i] }
        return sum.map { $0 / total }
    }

    /// Mean saturation, darkness and whiteness of what is drawn.
    var strokes: [Float]? {
        guard let total = drawn else { return nil }
        var saturation: Float = 0
        var dark: Float = 0
        var bright: Float = 0
        for (i, weight) in mask.enumerated() where weight > 0 {
            let (red, green, blue) = (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2])
            let (low, high) = (min(red, green, blue), max(red, green, blue))
            saturation += weight * (high - low)
            dark += weight * max(0, 1 - 2.5 * high)
            bright += weight * low
        }
        return [saturation / total, dark / total, bright / total]
    }

    /// The drawn area in pixels, nil where it is too small to be a drawing.
    private var drawn: Float? {
        let total = mask.reduce(0, +)
        return total > 0.005 * Float(side * side) ? total : nil
    }

    private static func ground(_ pixels: [Float], _ side: Int) -> [Float] {
        let last = side - 1
        var border: [Int] = []
        for i in 0..<last {
            border += [i, last + i * side, last * side + i + 1, (i + 1) * side]
        }
        return (0..<3).map { c -> Float in
            let values: [Float] = border.map { pixels[3 * $0 + c] }
            return values.sorted()[border.count / 2]
        }
    }

    // Differences up to a twentieth are noise or texture, above a quarter surely drawn.
    private static func mask(_ pixels: [Float], _ ground: [Float]) -> [Float] {
        (0..<pixels.count / 3).map { i -> Float in
            var difference: Float = 0
            for c in 0..<3 { difference = max(difference, abs(pixels[3 * i + c] - ground[c])) }
            return min(1, max(0, (difference - 0.05) / 0.2))
        }
    }
}
