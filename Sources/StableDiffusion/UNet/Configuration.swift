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

    /// A text's pooled vector with the sinusoids of the picture's sizes behind it
    /// (`addition_embed_type: text_time`).
    public struct TextTime: Sendable, Equatable {
        /// Features of all of it.
        public var inputWidth: Int
        /// Features of the sinusoid of each number.
        public var timeWidth: Int

        /// - Parameters:
        ///   - inputWidth: `projection_class_embeddings_input_dim`.
        ///   - timeWidth: `addition_time_embed_dim`.
        public init(inputWidth: Int, timeWidth: Int) {
            self.inputWidth = inputWidth
            self.timeWidth = timeWidth
        }
    }

    /// The side of the latents it was trained at.
    public var sampleSize: Int
    /// Channels it takes: those of latents, and more where a model is given pictures beside them.
    public var inChannels: Int
    /// Channels it gives: those of latents.
    public var outChannels: Int
    /// Channels of each level, the largest map first; every level but the last halves it.
    public var blockOutChannels: [Int]
    /// Whether each level going down has cross-attention.
    public var attentionLevels: [Bool]
    /// Whether each level going up has, in the same order; the mirror image in most models.
    public var upAttentionLevels: [Bool]
    /// Residual blocks of each level going down; one more going up.
    public var layersPerBlock: [Int]
    /// Heads of each level (diffusers calls it `attention_head_dim`, a historic misnomer).
    public var heads: [Int]
    /// Transformer blocks in each attention of each level going down.
    public var transformerLayers: [[Int]]
    /// The same going up, with the levels in the same order.
    public var upTransformerLayers: [[Int]]
    /// Transformer blocks in the attention of the middle.
    public var midTransformerLayers: Int
    /// What lies between the way down and the way up; `mid_block_type` in files.
    public var midBlock = MidBlock.crossAttention
    /// Features of the text states.
    public var crossAttentionWidth: Int
    /// Features of the time embedding.
    public var timeEmbeddingWidth: Int
    /// Features of the vector that is added to the time, such as a picture's embedding with its
    /// noise level; nil for none.
    public var classEmbeddingWidth: Int?
    /// SDXL's conditions beside the text; nil for none.
    public var textTime: TextTime?
    /// Features of the guidance scale that is told to the network, in models distilled with it
    /// (latent consistency models); nil for none.
    public var guidanceWidth: Int?
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
    /// - Parameter transformerLayers: Of all attentions of each level, going up too; one in each
    ///   if nil.
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
        upAttentionLevels = attentionLevels
        self.layersPerBlock = layersPerBlock
        self.heads = heads
        let layers = transformerLayers ?? blockOutChannels.map { _ in 1 }
        self.transformerLayers = zip(layers, layersPerBlock).map { [Int](repeating: $0, count: $1) }
        upTransformerLayers = zip(layers, layersPerBlock).map {
            [Int](repeating: $0, count: $1 + 1)
        }
        midTransformerLayers = layers.last ?? 1
        self.crossAttentionWidth = crossAttentionWidth
        timeEmbeddingWidth = 4 * blockOutChannels[0]
        self.useLinearProjection = useLinearProjection
        self.normGroups = normGroups
        self.normEpsilon = normEpsilon
        self.flipSinToCos = flipSinToCos
        self.frequencyShift = frequencyShift
    }
}
