import PinxitImages
import PinxitTensors

/// A reproducible stream of captioned pictures to learn from: picture `i` is always the same,
/// whatever was asked before, so any range can be drawn on any thread.
public protocol CaptionedPictures: Sendable {
    /// All that the pictures depend on: streams of one identity are the same.
    var identity: String { get }
    /// After how many the stream has shown all it has and begins to repeat itself; nil if it never
    /// does.
    var distinctCount: Int? { get }
    /// The pictures' side in pixels, where no other is asked for.
    var pictureSize: Int { get }

    /// The caption of picture `index`, without the picture.
    func caption(at index: Int) -> String
    /// A caption that is wrong for picture `index`, and if possible only just.
    func wrongCaption(at index: Int) -> String
    /// What picture `index` shows of its original.
    func view(at index: Int) -> PictureView
    /// A number that only pictures share that are the same to the pixel.
    func appearance(at index: Int) -> Int
    /// Pictures (RGB, `size` a side, or of the shapes that ``view(at:)`` tells) and captions.
    /// - Throws: `FileError` for a file that can no longer be read.
    func batch(_ indices: Range<Int>, size: Int?) throws -> [(picture: Picture, caption: String)]
}

extension CaptionedPictures {
    /// The whole of a picture that was made as it is.
    public func view(at index: Int) -> PictureView {
        PictureView(whole: .init(width: pictureSize, height: pictureSize))
    }
    /// Each of its own.
    public func appearance(at index: Int) -> Int { index }
    /// Pictures (RGB, of the usual side) and captions.
    /// - Throws: `FileError` for a file that can no longer be read.
    public func batch(_ indices: Range<Int>) throws -> [(picture: Picture, caption: String)] {
        try batch(indices, size: nil)
    }
}

extension Composer: CaptionedPictures {
    /// Recipe, seed, and what is drawn.
    public var identity: String {
        "\(library.manifest.recipe) \(seed) \(library.manifest.contents)"
    }
    /// Nil: the stream is endless.
    public var distinctCount: Int? { nil }
    /// The recipe's.
    public var pictureSize: Int { recipe.pictureSize }

    /// The caption of ``sample(at:)``.
    public func caption(at index: Int) -> String { sample(at: index).caption }

    /// The caption of a distractor in the sample's language and wording: how something
    /// is said does not give away that it is wrong.
    public func wrongCaption(at index: Int) -> String {
        let sample = sample(at: index)
        var random = SplitMix64(seed: seed &+ 1, index: index)
        return caption(
            distractor(of: sample.spec, &random), language: sample.language, wording: sample.wording
        )
    }
}
