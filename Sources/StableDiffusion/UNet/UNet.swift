import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// The network that predicts the noise in latents (or the velocity, as its scheduler says), given the time and a text.
///
/// Rombach et al. 2022; diffusers `models/unets/unet_2d_condition.py`, `UNet2DConditionModel`.
public struct UNet: Sendable {
    public let configuration: UNetConfiguration
    let timeEmbedding: TimestepEmbedding
    let classEmbedding: TimestepEmbedding?
    let convIn: Conv2d
    let downBlocks: [DownBlock]
    let midBlock: MidBlock?
    let upBlocks: [UpBlock]
    let normOut: GroupNorm
    let convOut: Conv2d
    private let parameters: [Tensor]

    public init(_ w: Weights, _ c: UNetConfiguration) {
        configuration = c
        let first = c.blockOutChannels[0]
        let timeWidth = c.timeEmbeddingWidth
        let levels = c.blockOutChannels.indices
        convIn = Conv2d(w("conv_in"), c.inChannels, first, kernel: 3, padding: 1)
        timeEmbedding = TimestepEmbedding(w("time_embedding"), first, timeWidth)
        classEmbedding = c.classEmbeddingWidth.map {
            TimestepEmbedding(w("class_embedding"), $0, timeWidth, startsAtZero: true)
        }
        downBlocks = levels.map {
            DownBlock(w("down_blocks")($0), level: $0, timeWidth: timeWidth, c)
        }
        midBlock =
            c.midBlock == .none ? nil : MidBlock(w("mid_block"), timeWidth: timeWidth, c)
        upBlocks = levels.reversed().enumerated().map { index, level in
            UpBlock(w("up_blocks")(index), level: level, timeWidth: timeWidth, c)
        }
        normOut = GroupNorm(w("conv_norm_out"), first, groups: c.normGroups, epsilon: c.normEpsilon)
        convOut = Conv2d(w("conv_out"), first, c.outChannels, kernel: 3, padding: 1)
        parameters = w.tensors
    }

    /// Gives back the memory of the packed weights; they are packed again when the network is next used.
    public func forgetPackedWeights() { for tensor in parameters { tensor.storage.forgetPacked() } }

    /// - Parameters:
    ///   - x: Noisy latents `[batch, height, width, inChannels]`; its type is what the network computes in.
    ///   - timesteps: One a sample, 0 to 1000, not necessarily whole.
    ///   - context: Text states `[batch, tokens, crossAttentionWidth]`.
    ///   - classVectors: `[batch, classEmbeddingWidth]` in f32, given if and only if the configuration has such a width.
    /// - Returns: The prediction, of x's shape but for `outChannels`.
    public func callAsFunction(
        _ x: Tensor, timesteps: [Float], context: Tensor, classVectors: Tensor? = nil
    ) -> Tensor {
        self(
            x, timesteps: timesteps, context: TextContext(context.cast(to: x.type)),
            classVectors: classVectors)
    }

    /// As above, with text states that several steps share; they have x's type.
    ///
    /// - Parameters:
    ///   - deepCache: Where the deep levels' result is kept, if some evaluations are to go without them.
    ///   - tokenMerging: What makes self-attention's tokens fewer, if it is to.
    public func callAsFunction(
        _ x: Tensor, timesteps: [Float], context: TextContext, classVectors: Tensor? = nil,
        deepCache: DeepCache? = nil, tokenMerging: TokenMerging? = nil
    ) -> Tensor {
        check(x, timesteps, context.states, classVectors)
        // Every residual block takes the embedding through a SiLU: once for all. It is small and everything depends
        // on it, so it is computed in f32.
        let times = Set(timesteps).count == 1 ? [timesteps[0]] : timesteps
        let sinusoid = timestepSinusoid(
            times, width: configuration.blockOutChannels[0],
            flipSinToCos: configuration.flipSinToCos, frequencyShift: configuration.frequencyShift)
        var embedding = timeEmbedding(sinusoid)
        if let classEmbedding { embedding = embedding + classEmbedding(classVectors!) }
        let time = embedding.silu.cast(to: x.type)
        let given = Conditioning(time: time, context: context, merging: tokenMerging)

        var h = convIn(x)
        var skips = [h]
        let (last, count) = (upBlocks.last!, upBlocks.last!.resnets.count)
        if let deep = deepCache?.next() {
            skips.append(downBlocks[0].layer(0, h, given))
            h = deep
        } else {
            for block in downBlocks { h = block(h, given, skips: &skips) }
            if let midBlock { h = midBlock(h, given) }
            for block in upBlocks.dropLast() { h = block(h, given, skips: &skips) }
            h = last(h, given, skips: &skips, layers: 0..<count - 2)
            deepCache?.keep(h)
        }
        h = last(h, given, skips: &skips, layers: count - 2..<count)
        return convOut(normOut(h, silu: true))
    }

    private func check(
        _ x: Tensor, _ timesteps: [Float], _ context: Tensor, _ classVectors: Tensor?
    ) {
        let (batch, _, _, channels) = x.picture
        precondition(
            channels == configuration.inChannels && timesteps.count == batch,
            "the U-Net takes \(configuration.inChannels) channels and a timestep a sample, not \(x) and \(timesteps.count)"
        )
        let width = configuration.crossAttentionWidth
        precondition(
            context.rank == 3 && context.shape[0] == batch && context.shape[2] == width,
            "the U-Net takes text states [\(batch), tokens, \(width)], not \(context)")
        let vectors = configuration.classEmbeddingWidth.map { Shape([batch, $0]) }
        precondition(
            classVectors?.shape == vectors,
            "the U-Net takes \(vectors.map { "class vectors \($0)" } ?? "no class vectors"), not \(classVectors.map(String.init(describing:)) ?? "none")"
        )
    }
}

extension UNet {
    /// Loads the `unet/` folder of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, variant: String? = nil, isStreamed: Bool = false
    ) throws(FileError) -> UNet {
        let folder = try ComponentFolder(path: folder)
        let configuration = try UNetConfiguration(folder.config)
        let unet = try folder.model(
            variant: variant, isStreamed: isStreamed, isQuantisable: isQuantisable
        ) { UNet($0, configuration) }
        // Used once a picture, packed they would only take memory.
        for tensor in unet.parameters where tensor.storage.name.map(isOfText) ?? false {
            tensor.storage.isStreamed = true
        }
        return unet
    }

    /// Whether it is what makes keys and values from text states.
    private static func isOfText(_ name: String) -> Bool {
        ["attn2.to_k.weight", "attn2.to_v.weight"].contains { name.hasSuffix($0) }
    }

    /// Whether a weight may be used in 8 bits: those with nearly all the work.
    ///
    /// What stays in floating point: the first and the last convolution, which see latents and make the prediction; the
    /// time, which shifts whole channels; keys and values of the text, which are computed once a picture.
    static func isQuantisable(_ name: String) -> Bool {
        let layers = [
            "conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv",
            "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "net.0.proj", "net.2",
        ]
        return layers.contains { name.hasSuffix(".\($0).weight") } && !isOfText(name)
    }
}
