import PinxitLayers
import PinxitTensors

/// A model that puts texts and pictures into one space, whoever trained it.
///
/// Computations run in the type asked for; what is returned is f32, in rows of length one.
public protocol ContrastiveModel: Sendable {
    /// The number of features of a place.
    var projectionSize: Int { get }
    /// The side of the pictures it takes.
    var pictureSize: Int { get }
    /// How pictures of other sizes become ones it takes.
    var preprocessing: PicturePreprocessing { get }
    /// The sizes of the text tower.
    var textConfiguration: CLIPTextConfiguration { get }
    /// The logarithm of what similarities are multiplied by, one element.
    var logScale: Tensor { get }

    /// The places of texts `[batch, tokens]`, with start, end and perhaps padding:
    /// `[batch, projection]`.
    func embed(ids: Tensor, type: ElementType) -> Tensor

    /// The places of pictures `[batch, side, side, 3]` in [-1, 1]: `[batch, projection]`. Computed
    /// in their type.
    func embed(pictures: Tensor) -> Tensor

    /// The last hidden state of every token of texts `[batch, tokens]`: `[batch, tokens, width]`.
    func states(ids: Tensor, type: ElementType) -> Tensor
}

extension CLIPModel: ContrastiveModel {
    /// Features of both projections: `projection_dim` in transformers.
    public var projectionSize: Int { textProjection.weight.shape[0] }
    /// The side the image tower was trained with, in pixels.
    public var pictureSize: Int { vision.configuration.imageSize }

    /// The sizes of ``CLIPModel/text``.
    public var textConfiguration: CLIPTextConfiguration { text.configuration }

    /// Pictures `[batch, side, side, 3]` in [-1, 1], from which mean and deviation are removed
    /// here: `[batch, projection]` in f32, rows of length one.
    public func embed(pictures: Tensor) -> Tensor {
        embed(pixels: preprocessing.standardised(pictures))
    }

    /// After the final norm: `[batch, tokens, hidden]` in `type`.
    public func states(ids: Tensor, type: ElementType) -> Tensor { text(ids, type: type).last }
}
