import PinxitFiles
import PinxitImages
import PinxitTensors

/// How a picture becomes what an image tower takes, as `CLIPImageProcessor` of transformers does
/// it: the short side is resized, the middle cut out, mean and deviation of each channel removed.
public struct PicturePreprocessing: Sendable, Equatable {
    /// The side of the result.
    public var side: Int
    /// What the short side is resized to before the middle is cut out; `side` at least.
    public var shortSide: Int
    /// How pixels are resampled: `resample` in transformers.
    public var filter = ResizeFilter.bicubic
    /// The mean of red, green and blue that is removed, of values in [0, 1].
    public var mean: [Float] = [0.5, 0.5, 0.5]
    /// What each is divided by afterwards.
    public var deviation: [Float] = [0.5, 0.5, 0.5]
    /// Where the middle of an odd rest lies: torchvision rounds half a pixel to the even number,
    /// transformers down.
    public var roundsHalfPixels = false

    /// Nothing is removed: the tower takes values in [-1, 1].
    public init(side: Int) {
        self.side = side
        shortSide = side
    }

    /// With the mean and deviation of OpenAI's CLIP.
    public static func openAI(side: Int) -> PicturePreprocessing {
        var preprocessing = PicturePreprocessing(side: side)
        preprocessing.mean = [0.48145466, 0.4578275, 0.40821073]
        preprocessing.deviation = [0.26862954, 0.26130258, 0.27577711]
        return preprocessing
    }

    /// The middle of the picture, `side` a side, in RGB; transparent pictures lie on white.
    public func callAsFunction(_ picture: Picture) -> Picture {
        let (width, height) = (picture.width, picture.height)
        let short = min(width, height)
        // transformers and torchvision both drop the fraction of the long side.
        let long = { (length: Int) in Int(Double(shortSide * length) / Double(short)) }
        let (newWidth, newHeight) =
            width <= height ? (shortSide, long(height)) : (long(width), shortSide)
        let (left, top) = (start(newWidth - side), start(newHeight - side))
        // Only the middle is computed: of a long thin picture the rest may be gigabytes.
        return picture.rgb()
            .resized(
                width: newWidth, height: newHeight, filter: filter, columns: left..<left + side,
                rows: top..<top + side)
    }

    private func start(_ rest: Int) -> Int {
        roundsHalfPixels ? Int((Double(rest) / 2).rounded(.toNearestOrEven)) : rest / 2
    }

    /// Pictures `[batch, side, side, 3]` in [-1, 1] with mean and deviation removed.
    public func standardised(_ pictures: Tensor) -> Tensor {
        if mean == [0.5, 0.5, 0.5] && deviation == mean { return pictures }
        let scale = Tensor(deviation.map { 0.5 / $0 })
        let shift = Tensor(zip(mean, deviation).map { (0.5 - $0) / $1 })
        return (pictures.cast(to: .f32) * scale + shift).cast(to: pictures.type)
    }
}
