import Layers
import Tensors

/// The network that predicts the noise in latents (or the velocity, as its scheduler says), given the time and a text.
///
/// Rombach et al. 2022; diffusers `models/unets/unet_2d_condition.py`, `UNet2DConditionModel`.
public struct UNet {
    public let configuration: UNetConfiguration
    let timeEmbedding: TimestepEmbedding
    let convIn: Conv2d
    let downBlocks: [DownBlock]
    let midBlock: MidBlock
    let upBlocks: [UpBlock]
    let normOut: GroupNorm
    let convOut: Conv2d

    public init(_ w: Weights, _ c: UNetConfiguration) {
        configuration = c
        let first = c.blockOutChannels[0]
        let timeWidth = 4 * first
        let levels = c.blockOutChannels.indices
        convIn = Conv2d(w("conv_in"), c.inChannels, first, kernel: 3, padding: 1)
        timeEmbedding = TimestepEmbedding(w("time_embedding"), first, timeWidth)
        downBlocks = levels.map {
            DownBlock(w("down_blocks")($0), level: $0, timeWidth: timeWidth, c)
        }
        midBlock = MidBlock(w("mid_block"), timeWidth: timeWidth, c)
        upBlocks = levels.reversed().enumerated().map { index, level in
            UpBlock(w("up_blocks")(index), level: level, timeWidth: timeWidth, c)
        }
        normOut = GroupNorm(w("conv_norm_out"), first, groups: c.normGroups, epsilon: c.normEpsilon)
        convOut = Conv2d(w("conv_out"), first, c.outChannels, kernel: 3, padding: 1)
    }

    /// - Parameters:
    ///   - x: Noisy latents `[batch, height, width, channels]`; its type is what the network computes in.
    ///   - timesteps: One a sample, 0 to 1000.
    ///   - context: Text states `[batch, tokens, features]` of the same type.
    /// - Returns: The prediction, of x's shape but for `outChannels`.
    public func callAsFunction(_ x: Tensor, timesteps: [Float], context: Tensor) -> Tensor {
        let sinusoid = timestepSinusoid(
            timesteps, width: configuration.blockOutChannels[0],
            flipSinToCos: configuration.flipSinToCos, frequencyShift: configuration.frequencyShift)
        // Every residual block takes the embedding through a SiLU: once for all.
        let time = timeEmbedding(sinusoid.cast(to: x.type)).silu
        let given = Conditioning(time: time, context: context)

        var h = convIn(x)
        var skips = [h]
        for block in downBlocks { h = block(h, given, skips: &skips) }
        h = midBlock(h, given)
        for block in upBlocks { h = block(h, given, skips: &skips) }
        return convOut(normOut(h, silu: true))
    }
}
