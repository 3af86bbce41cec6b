import PinxitFiles
import PinxitLayers
import PinxitTensors

/// The sizes of a ``PinxitCLIPModel``.
public struct PinxitCLIPConfiguration: Sendable, Equatable {
    /// The architecture of a text tower, by its `model_type`.
    public enum TextKind: String, Sendable, CaseIterable {
        /// ``CLIPTextModel``, which may be a diffusion model's text encoder too.
        case causal = "clip_text_model"
        /// ``BidirectionalTextModel``.
        case bidirectional = "pinxit_bidirectional_text"
    }

    /// An image tower's architecture with its sizes.
    public enum Image: Sendable, Equatable {
        /// ``ConvolutionalImageModel``.
        case convolutional(ConvolutionalImageConfiguration)
        /// ``ResidualImageModel``.
        case residual(ResidualImageConfiguration)
    }

    /// What a folder's `model_type` says.
    static let modelType = "pinxit_clip"

    /// Which of the text towers it has.
    public var textKind: TextKind
    /// The sizes of the text tower, of either kind.
    public var text: CLIPTextConfiguration
    /// The image tower and its sizes.
    public var image: Image
    /// Features of the space that both towers are projected into.
    public var projectionSize: Int

    /// Any sizes; whether they go together shows where a model is made or a file is read.
    public init(
        textKind: TextKind = .causal, text: CLIPTextConfiguration, image: Image, projectionSize: Int
    ) {
        self.textKind = textKind
        self.text = text
        self.image = image
        self.projectionSize = projectionSize
    }

    /// The side of the pictures it takes.
    public var pictureSize: Int {
        switch image {
        case .convolutional(let c): c.imageSize
        case .residual(let c): c.imageSize
        }
    }

    func textTower(_ w: Weights) -> any TextTower {
        switch textKind {
        case .causal: CLIPTextModel(w, text)
        case .bidirectional: BidirectionalTextModel(w, text)
        }
    }

    func imageTower(_ w: Weights) -> any ImageTower {
        switch image {
        case .convolutional(let c): ConvolutionalImageModel(w, c)
        case .residual(let c): ResidualImageModel(w, c)
        }
    }
}
