/// The sizes of a ``UNet``, with the keys of diffusers' `config.json` for `UNet2DConditionModel`.
public struct UNetConfiguration: Sendable, Equatable {
    /// What lies between the way down and the way up.
    public enum MidBlock: Sendable {
        /// Residual block, attention, residual block.
        case crossAttention
        /// One residual block.
        case plain
        /// The way up begins where the way down ends.
        case none
    }

    /// The side of the latents it was trained at.
    public var sampleSize: Int
    /// Channels it takes: those of latents, and more where a model is given pictures beside them.
    public var inChannels: Int
    /// Channels it gives: those of latents.
    public var outChannels: Int
    /// Channels of each level, the largest map first; every level but the last halves it.
    public var blockOutChannels: [Int]
    /// Whether each level going down has cross-attention; going up it is the mirror image.
    public var attentionLevels: [Bool]
    /// Residual blocks of each level going down; one more going up.
    public var layersPerBlock: [Int]
    /// Heads of each level (diffusers calls it `attention_head_dim`, a historic misnomer).
    public var heads: [Int]
    /// Transformer blocks in each attention of a level.
    public var transformerLayers: [Int]
    /// What lies between the way down and the way up; `mid_block_type` in files.
    public var midBlock = MidBlock.crossAttention
    /// Features of the text states.
    public var crossAttentionWidth: Int
    /// Features of the time embedding.
    public var timeEmbeddingWidth: Int
    /// Features of the vector that is added to the time, such as a picture's embedding with its
    /// noise level; nil for none.
    public var classEmbeddingWidth: Int?
    /// Whether the projections around attention are stored as matrices and not as 1x1 convolutions.
    public var useLinearProjection: Bool
    /// Groups of all norms; they divide the channels of every level.
    public var normGroups: Int
    /// Added to the variance by the norms of residual blocks and of the end.
    public var normEpsilon: Float
    /// Whether cosines come first in the sinusoid of the time, as in Stable Diffusion.
    public var flipSinToCos: Bool
    /// What is subtracted from half the sinusoid's width where its frequencies are spaced: 0 in
    /// Stable Diffusion.
    public var frequencyShift: Float

    /// Lists have one entry for each level, the largest map first.
    ///
    /// - Parameter transformerLayers: One in each attention if nil.
    public init(
        sampleSize: Int, inChannels: Int, outChannels: Int, blockOutChannels: [Int],
        attentionLevels: [Bool], layersPerBlock: [Int], heads: [Int],
        transformerLayers: [Int]? = nil,
        crossAttentionWidth: Int, useLinearProjection: Bool = false, normGroups: Int = 32,
        normEpsilon: Float = 1e-5, flipSinToCos: Bool = true, frequencyShift: Float = 0
    ) {
        self.sampleSize = sampleSize
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.blockOutChannels = blockOutChannels
        self.attentionLevels = attentionLevels
        self.layersPerBlock = layersPerBlock
        self.heads = heads
        self.transformerLayers = transformerLayers ?? blockOutChannels.map { _ in 1 }
        self.crossAttentionWidth = crossAttentionWidth
        timeEmbeddingWidth = 4 * blockOutChannels[0]
        self.useLinearProjection = useLinearProjection
        self.normGroups = normGroups
        self.normEpsilon = normEpsilon
        self.flipSinToCos = flipSinToCos
        self.frequencyShift = frequencyShift
    }
}
