/// The sizes of a ``UNet``, with the keys of diffusers' `config.json` for `UNet2DConditionModel`.
public struct UNetConfiguration: Sendable, Equatable {
    /// What lies between the way down and the way up.
    public enum MidBlock: Sendable {
        /// Residual block, attention, residual block.
        case crossAttention
        /// One residual block.
        case plain
        case none
    }

    /// The side of the latents it was trained at.
    public var sampleSize: Int
    public var inChannels: Int
    public var outChannels: Int
    public var blockOutChannels: [Int]
    /// Whether each level going down has cross-attention; going up it is the mirror image.
    public var attentionLevels: [Bool]
    /// Residual blocks of each level going down; one more going up.
    public var layersPerBlock: [Int]
    /// Heads of each level (diffusers calls it `attention_head_dim`, a historic misnomer).
    public var heads: [Int]
    /// Transformer blocks in each attention of a level.
    public var transformerLayers: [Int]
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
    public var normGroups: Int
    public var normEpsilon: Float
    public var flipSinToCos: Bool
    public var frequencyShift: Float

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
