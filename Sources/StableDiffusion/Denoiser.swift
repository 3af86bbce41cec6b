import PinxitTensors

// Legend: B batch, H W latent height and width, C channels, T tokens, D features of text states,
// A features beside the text, N numbers beside it.

/// A network that predicts the noise in latents, or the velocity, as its scheduler says.
///
/// A ``UNet`` is one; a diffusion transformer is another. Whatever samples, trains or edits knows
/// this protocol only.
public protocol Denoiser: Sendable {
    /// Channels it takes.
    var inChannels: Int { get }
    /// Channels it gives.
    var outChannels: Int { get }
    /// Features of the text states it attends to.
    var textWidth: Int { get }
    /// Features of the vector it is given beside the text, those of numbers among them; nil for
    /// none.
    var addedWidth: Int? { get }
    /// Features of that vector which each number takes that is given beside the text; nil if it
    /// takes none.
    var numberWidth: Int? { get }
    /// Whether it is told the guidance scale, and is not guided by a second evaluation.
    var isToldGuidance: Bool { get }
    /// The side, in latents, of what it was trained at.
    var usualSide: Int { get }
    /// Whether it attends at its largest maps, where ``TokenMerging`` saves time.
    var attendsAtLargest: Bool { get }

    /// - Parameters:
    ///   - x: Noisy latents `[B, H, W, inChannels]`; their type is what is computed in.
    ///   - timesteps: One a sample, not necessarily whole: 0 to 1000, or as ``EDM`` has them.
    /// - Returns: The prediction `[B, H, W, outChannels]`.
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    func callAsFunction(
        _ x: Tensor, timesteps: [Float], _ given: DenoiserConditions
    ) throws(CancellationError) -> Tensor

    /// Gives back the memory of the packed weights; they are packed again when it is next used.
    func forgetPackedWeights()
}

extension Denoiser {
    /// Most do.
    public var attendsAtLargest: Bool { true }
}

/// What a denoiser is given beside the noisy latents and their time.
public struct DenoiserConditions {
    /// States of the texts, of x's type. Steps that share them share what layers make of them.
    public var text: TextContext
    /// `[B, A]` in f32, without the features of ``numbers``; given if and only if the denoiser has
    /// an ``Denoiser/addedWidth``.
    public var added: Tensor?
    /// N for each of B samples, such as sizes of pictures; none unless the denoiser has a
    /// ``Denoiser/numberWidth``.
    public var numbers: [[Float]] = []
    /// How much the text is to be exaggerated, less 1, for a denoiser that is told it; nil is 0.
    public var guidance: Float?
    /// Where deep levels' results are kept, if some evaluations are to go without them.
    public var deepCache: DeepCache?
    /// What makes self-attention's tokens fewer, if it is to.
    public var tokenMerging: TokenMerging?
    /// What ControlNets add to the maps on the way, if there are any.
    package var residuals: ControlResiduals?
    /// What T2I-Adapters add to each level's map on the way down, and to the bottom's:
    /// `[1, H, W, C]`; none if there are none.
    package var features: [Tensor] = []
    /// Who looks at attention, or changes it; nil is nobody, which is fastest.
    public var attention: (any AttentionControl)?
    /// Whether gradients are to need less memory: what is computed within layers is forgotten, and
    /// computed again.
    public var recomputes = false

    /// By default nothing but the text, and every evaluation whole.
    public init(
        text: TextContext, added: Tensor? = nil, deepCache: DeepCache? = nil,
        tokenMerging: TokenMerging? = nil
    ) {
        self.text = text
        self.added = added
        self.deepCache = deepCache
        self.tokenMerging = tokenMerging
    }
}

extension Denoiser {
    /// The prediction for text states `[B, T, D]` that no other step shares, as in training.
    public func callAsFunction(
        _ x: Tensor, timesteps: [Float], context: Tensor, added: Tensor? = nil
    ) throws(CancellationError) -> Tensor {
        try self(
            x, timesteps: timesteps,
            DenoiserConditions(text: TextContext(context.cast(to: x.type)), added: added))
    }
}
