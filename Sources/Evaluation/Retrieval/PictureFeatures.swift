import PinxitDatasets
import PinxitImages

/// What one sees of a picture without having learnt anything: its colours on a coarse grid, and how
/// much there is of each.
enum PictureFeatures {
    static let side = 8
    private static let levels = 4
    /// 192 colours of the grid and 64 shares of colours.
    static let count = side * side * 3 + levels * levels * levels

    static func of(_ composer: Composer, _ spec: PictureSpec) -> [Double] {
        let picture = composer.render(spec, size: 4 * side)
        let grid = picture.resized(width: side, height: side, filter: .box)
        var shares = [Double](repeating: 0, count: levels * levels * levels)
        let pixels = picture.width * picture.height
        for pixel in 0..<pixels {
            let bin = (0..<3).reduce(0) {
                $0 * levels + Int(picture.pixels[pixel * 3 + $1]) * levels / 256
            }
            shares[bin] += 1 / Double(pixels)
        }
        return grid.pixels.map { Double($0) / 255 } + shares
    }
}
