import PinxitLayers
import PinxitTensors

/// What every block of the U-Net is given besides its input.
struct Conditioning {
    /// `[batch, timeWidth]` after a SiLU, or `[1, timeWidth]` if all samples have one time.
    let time: Tensor
    let context: TextContext
    /// For self-attention at the largest maps.
    var merging: TokenMerging?
    /// Looks at attention, or changes it.
    var attention: (any AttentionControl)?
    /// Whether what is computed within a layer is forgotten, and computed again for its gradient.
    var recomputes = false

    /// A residual block with its attention.
    func layer(_ body: @escaping () -> Tensor) -> Tensor { recomputes ? recomputed(body) : body() }
}

/// One level going down: residual blocks, each followed by attention if the level has it, then half
/// the size.
struct DownBlock: Sendable {
    let resnets: [ResnetBlock]
    let attentions: [Transformer2D]
    let downsampler: Conv2d?
    private let isLargest: Bool

    init(_ w: Weights, level: Int, timeWidth: Int, _ c: UNetConfiguration) {
        let output = c.blockOutChannels[level]
        let input = level == 0 ? c.blockOutChannels[0] : c.blockOutChannels[level - 1]
        isLargest = level == 0
        resnets = (0..<c.layersPerBlock[level]).map {
            ResnetBlock(
                w("resnets")($0), $0 == 0 ? input : output, output, timeWidth: timeWidth,
                groups: c.normGroups, epsilon: c.normEpsilon)
        }
        attentions = (0..<(c.attentionLevels[level] ? resnets.count : 0)).map {
            Transformer2D(
                w("attentions")($0), output, layers: c.transformerLayers[level][$0],
                heads: c.heads[level], c)
        }
        downsampler =
            level == c.blockOutChannels.count - 1
            ? nil
            : Conv2d(w("downsamplers")(0)("conv"), output, output, kernel: 3, stride: 2, padding: 1)
    }

    /// Appends every intermediate map to `skips`, for the way up.
    ///
    /// - Parameter feature: What is added to the level's map: before it is halved if the level has
    ///   attention, else to its end, as diffusers does.
    func callAsFunction(
        _ x: Tensor, _ given: Conditioning, adding feature: Tensor? = nil, skips: inout [Tensor]
    ) throws(CancellationError) -> Tensor {
        var x = x
        for index in resnets.indices {
            x = try layer(index, x, given, adding: feature)
            skips.append(x)
        }
        if let downsampler {
            x = downsampler(x)
            skips.append(x)
        }
        if let feature, attentions.isEmpty {
            x = x + feature
            skips[skips.count - 1] = x
        }
        return x
    }

    /// A residual block and its attention.
    func layer(
        _ index: Int, _ x: Tensor, _ given: Conditioning, adding feature: Tensor? = nil
    ) throws(CancellationError) -> Tensor {
        try Engine.checkCancellation()
        let y = given.layer {
            let h = resnets[index](x, time: given.time)
            guard index < attentions.count else { return h }
            return attentions[index](h, given, .down, merging: isLargest ? given.merging : nil)
        }
        guard let feature, index == attentions.count - 1 else { return y }
        return y + feature
    }
}

/// The bottom: residual block, attention, residual block; or the first alone.
struct MidBlock: Sendable {
    let resnets: [ResnetBlock]
    let attention: Transformer2D?

    init(_ w: Weights, timeWidth: Int, _ c: UNetConfiguration) {
        let width = c.blockOutChannels.last!
        let attends = c.midBlock == .crossAttention
        resnets = (0..<(attends ? 2 : 1)).map {
            ResnetBlock(
                w("resnets")($0), width, width, timeWidth: timeWidth, groups: c.normGroups,
                epsilon: c.normEpsilon)
        }
        attention =
            attends
            ? Transformer2D(
                w("attentions")(0), width, layers: c.midTransformerLayers, heads: c.heads.last!, c)
            : nil
    }

    func callAsFunction(
        _ x: Tensor, _ given: Conditioning
    ) throws(CancellationError) -> Tensor {
        try Engine.checkCancellation()
        return given.layer {
            let h = resnets[0](x, time: given.time)
            guard let attention else { return h }
            return resnets[1](attention(h, given, .middle), time: given.time)
        }
    }
}

/// One level going up: each residual block takes the map of the way down beside its input; then
/// twice the size.
struct UpBlock: Sendable {
    let resnets: [ResnetBlock]
    let attentions: [Transformer2D]
    let upsampler: Conv2d?

    /// - Parameter level: Counted on the way down, so the last level comes first.
    init(_ w: Weights, level: Int, timeWidth: Int, _ c: UNetConfiguration) {
        let widths = c.blockOutChannels
        let output = widths[level]
        let below = level == widths.count - 1 ? output : widths[level + 1]
        let above = level == 0 ? widths[0] : widths[level - 1]
        let count = c.layersPerBlock[level] + 1
        resnets = (0..<count).map {
            let skip = $0 == count - 1 ? above : output
            return ResnetBlock(
                w("resnets")($0), ($0 == 0 ? below : output) + skip, output, timeWidth: timeWidth,
                groups: c.normGroups, epsilon: c.normEpsilon)
        }
        attentions = (0..<(c.upAttentionLevels[level] ? count : 0)).map {
            Transformer2D(
                w("attentions")($0), output, layers: c.upTransformerLayers[level][$0],
                heads: c.heads[level], c)
        }
        upsampler =
            level == 0
            ? nil : Conv2d(w("upsamplers")(0)("conv"), output, output, kernel: 3, padding: 1)
    }

    /// - Parameter layers: The residual blocks to go through, all if nil.
    func callAsFunction(
        _ x: Tensor, _ given: Conditioning, skips: inout [Tensor], layers: Range<Int>? = nil
    ) throws(CancellationError) -> Tensor {
        var x = x
        for index in layers ?? resnets.indices {
            try Engine.checkCancellation()
            let (below, skip) = (x, skips.removeLast())
            x = given.layer {
                let h = resnets[index](concatenate([below, skip], axis: 3), time: given.time)
                guard index < attentions.count else { return h }
                return attentions[index](
                    h, given, .up, merging: upsampler == nil ? given.merging : nil)
            }
        }
        guard let upsampler else { return x }
        // Sizes that were odd on the way down come back as the skip has them.
        let (_, height, width, _) = (skips.last ?? x).picture
        let twice = height == 2 * x.shape[1] && width == 2 * x.shape[2]
        return upsampler(twice ? x.upsampled2() : x.resizedNearest(height: height, width: width))
    }
}
