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
        case convolutional(ConvolutionalImageConfiguration)
        case residual(ResidualImageConfiguration)
    }

    /// What a folder's `model_type` says.
    static let modelType = "pinxit_clip"

    public var textKind: TextKind
    public var text: CLIPTextConfiguration
    public var image: Image
    public var projectionSize: Int

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
