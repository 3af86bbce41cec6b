import ArgumentParser
import PinxitImages

/// What commands that read picture files have in common.
struct PictureArguments: ParsableArguments {
    @Option(help: "The most pixels a picture that is read may have.")
    var maxPixels = Picture.usualLargestCount

    /// Reads a picture file, standing upright and in sRGB.
    ///
    /// - Parameter shortSide: The picture may come smaller, as long as its shorter side stays at
    ///   least this.
    func read(_ file: String, shortSide: Int? = nil) throws -> Picture {
        guard maxPixels > 0 else {
            throw UsageError("--max-pixels \(maxPixels): 1 or more is accepted")
        }
        return try Picture(file: file, maxPixels: maxPixels, shortSide: shortSide) {
            note("note: \($0)")
        }
    }
}
