import PinxitLayers
import PinxitTensors

/// The autoencoder of Stable Diffusion (Rombach et al. 2022), diffusers' `AutoencoderKL`.
///
/// Source: diffusers `models/autoencoders/autoencoder_kl.py` and `vae.py`; the parameters have
/// their names.
public struct AutoencoderKL: LatentAutoencoder {
    /// The sizes it was made with.
    public let configuration: AutoencoderKLConfiguration
    let encoder: Encoder
    let quantConv: Conv2d?
    let postQuantConv: Conv2d?
    let decoder: Decoder

    /// - Precondition: `normGroups` divides the channels of every level.
    public init(_ w: Weights, _ c: AutoencoderKLConfiguration) {
        configuration = c
        encoder = Encoder(w("encoder"), c)
        let moments = 2 * c.latentChannels
        quantConv = c.useQuantConv ? Conv2d(w("quant_conv"), moments, moments, kernel: 1) : nil
        postQuantConv =
            c.usePostQuantConv
            ? Conv2d(w("post_quant_conv"), c.latentChannels, c.latentChannels, kernel: 1) : nil
        decoder = Decoder(w("decoder"), c)
    }

    /// The configuration's; see ``LatentAutoencoder/scalingFactor``.
    public var scalingFactor: Float { configuration.scalingFactor }
    /// The configuration's; see ``LatentAutoencoder/latentStatistics``.
    public var latentStatistics: LatentStatistics? { configuration.latentStatistics }
    /// The configuration's.
    public var latentChannels: Int { configuration.latentChannels }
    /// The configuration's.
    public var inChannels: Int { configuration.inChannels }
    /// The configuration's `outChannels`.
    public var pictureChannels: Int { configuration.outChannels }
    /// 2 to the power of the levels less one: 8 in Stable Diffusion.
    public var downscale: Int { 1 << (configuration.blockOutChannels.count - 1) }

    /// The distribution of the latents of pictures `[batch, height, width, 3]` in [-1, 1].
    ///
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    public func posterior(_ pictures: Tensor) throws(CancellationError) -> LatentPosterior {
        posterior(moments: try encoder(pictures))
    }

    /// One picture after the other, each in bands; see ``BandedEncoder``.
    public func posterior(
        _ pictures: Tensor, holding bytes: Int
    ) throws(CancellationError) -> LatentPosterior {
        let banded = BandedEncoder(encoder: encoder, budget: bytes)
        var moments: [Tensor] = []
        for index in 0..<pictures.shape[0] {
            moments.append(try banded(pictures.sliced(axis: 0, index..<index + 1)))
        }
        return posterior(moments: concatenate(moments, axis: 0))
    }

    private func posterior(moments: Tensor) -> LatentPosterior {
        var moments = moments
        if let quantConv { moments = quantConv(moments) }
        let halves = moments.chunked(2, axis: 3)
        return LatentPosterior(mean: halves[0], logVariance: halves[1].clamped(-30, 20))
    }

    /// Pictures in about [-1, 1] from latents `[batch, height/f, width/f, latentChannels]`.
    public func decode(_ latents: Tensor) throws(CancellationError) -> Tensor {
        try decoder(postQuantConv?(latents) ?? latents)
    }

    /// One picture after the other, each in bands; see ``BandedDecoder``.
    public func decode(
        _ latents: Tensor, holding bytes: Int
    ) throws(CancellationError) -> Tensor {
        let z = postQuantConv?(latents) ?? latents
        let banded = BandedDecoder(decoder: decoder, budget: bytes)
        var pictures: [Tensor] = []
        for index in 0..<z.shape[0] {
            pictures.append(try banded(z.sliced(axis: 0, index..<index + 1)))
        }
        return concatenate(pictures, axis: 0)
    }
}

/// Pictures to the moments of their latents: residual blocks and halvings, the middle, and a
/// convolution.
struct Encoder: Sendable {
    let convIn: Conv2d
    let levels: [Level]
    let mid: AutoencoderMidBlock
    let normOut: GroupNorm
    let convOut: Conv2d

    struct Level: Sendable {
        let resnets: [ResnetBlock]
        let downsampler: Conv2d?
    }

    /// Padded at the bottom and right only.
    private static let halving = Operation.Convolution(
        stride: 2, top: 0, left: 0, bottom: 1, right: 1)

    init(_ w: Weights, _ c: AutoencoderKLConfiguration) {
        let widths = c.blockOutChannels
        let deepest = widths.last!
        convIn = Conv2d(w("conv_in"), c.inChannels, widths[0], kernel: 3, padding: 1)
        levels = widths.indices.map { i in
            let w = w("down_blocks")(i)
            let isLast = i == widths.count - 1
            return Level(
                resnets: (0..<c.layersPerBlock).map {
                    ResnetBlock(w("resnets")($0), widths[$0 == 0 ? max(i - 1, 0) : i], widths[i], c)
                },
                downsampler: isLast
                    ? nil
                    : Conv2d(
                        w("downsamplers")(0)("conv"), widths[i], widths[i], kernel: 3, Self.halving)
            )
        }
        mid = AutoencoderMidBlock(w("mid_block"), deepest, c)
        normOut = GroupNorm(w("conv_norm_out"), deepest, groups: c.normGroups, epsilon: 1e-6)
        convOut = Conv2d(w("conv_out"), deepest, 2 * c.latentChannels, kernel: 3, padding: 1)
    }

    func callAsFunction(_ pictures: Tensor) throws(CancellationError) -> Tensor {
        var x = convIn(pictures)
        for level in levels {
            for resnet in level.resnets {
                try Engine.checkCancellation()
                x = try resnet(x, between: Engine.checkCancellation)
            }
            try Engine.checkCancellation()
            if let downsampler = level.downsampler { x = downsampler(x) }
        }
        return end(x)
    }

    /// The middle and what is behind it.
    func end(_ x: Tensor) -> Tensor { convOut(normOut(mid(x), silu: true)) }
}

/// Latents to pictures: the middle, residual blocks and doublings, and a convolution.
struct Decoder: Sendable {
    let convIn: Conv2d
    let mid: AutoencoderMidBlock
    let levels: [Level]
    let normOut: GroupNorm
    let convOut: Conv2d

    struct Level: Sendable {
        let resnets: [ResnetBlock]
        let upsampler: Conv2d?
    }

    init(_ w: Weights, _ c: AutoencoderKLConfiguration) {
        let widths = Array(c.blockOutChannels.reversed())
        let last = widths.count - 1
        convIn = Conv2d(w("conv_in"), c.latentChannels, widths[0], kernel: 3, padding: 1)
        mid = AutoencoderMidBlock(w("mid_block"), widths[0], c)
        levels = widths.indices.map { i in
            let w = w("up_blocks")(i)
            return Level(
                resnets: (0...c.layersPerBlock).map {
                    ResnetBlock(w("resnets")($0), widths[$0 == 0 ? max(i - 1, 0) : i], widths[i], c)
                },
                upsampler: i == last
                    ? nil
                    : Conv2d(
                        w("upsamplers")(0)("conv"), widths[i], widths[i], kernel: 3, padding: 1))
        }
        normOut = GroupNorm(w("conv_norm_out"), widths[last], groups: c.normGroups, epsilon: 1e-6)
        convOut = Conv2d(w("conv_out"), widths[last], c.outChannels, kernel: 3, padding: 1)
    }

    func callAsFunction(_ latents: Tensor) throws(CancellationError) -> Tensor {
        var x = mid(convIn(latents))
        for level in levels {
            for resnet in level.resnets {
                try Engine.checkCancellation()
                x = try resnet(x, between: Engine.checkCancellation)
            }
            try Engine.checkCancellation()
            if let upsampler = level.upsampler { x = try doubled(x, upsampler) }
        }
        return convOut(normOut(x, silu: true))
    }

    /// The map doubled and convolved. The largest take a second and more: those are made in bands,
    /// so that they can be cancelled between them.
    private func doubled(_ map: Tensor, _ layer: Conv2d) throws(CancellationError) -> Tensor {
        let bandBytes = 64 << 20
        guard 4 * map.byteCount > 2 * bandBytes else { return layer(map.upsampled2()) }
        let memory = BandMemory(budget: .max, bandBytes: bandBytes)
        let rows = ConvolvedRows(
            source: DoubledRows(source: StoredRows(map, memory)), layer: layer)
        var bands: [Tensor] = []
        for band in rows.bands(of: bandBytes) {
            try Engine.checkCancellation()
            bands.append(rows.rows(band))
        }
        return concatenate(bands, axis: 1)
    }
}

extension ResnetBlock {
    init(_ w: Weights, _ input: Int, _ output: Int, _ c: AutoencoderKLConfiguration) {
        self.init(w, input, output, groups: c.normGroups, epsilon: 1e-6)
    }
}
