import PinxitLayers
import PinxitTensors

/// The generator of a CLIP-conditioned GAN, G(z, CLIP(text)): transposed convolutions from 4x4
/// cells to a picture, self-attention between, and at every convolution a modulation by noise and
/// text.
///
/// It is what many articles describe as DALL-E. Its published relatives are DF-GAN (Tao et al.
/// 2022), LAFITE (Zhou et al. 2022), GALIP (Tao et al. 2023) and StyleGAN-T (Sauer et al. 2023).
public struct Generator: Sendable {
    /// The sizes it was made with.
    public let configuration: GeneratorConfiguration
    let textProjection: Linear
    let mapping: [Linear]
    let start: Linear
    let levels: [GeneratorLevel]
    let toPicture: ModulatedConvolution

    /// - Precondition: as many `convolutions` as `widths`, and `headSize` divides those of the
    ///   levels with attention.
    public init(_ w: Weights, _ c: GeneratorConfiguration) {
        configuration = c
        textProjection = Linear(w("text_projection"), c.textSize, c.noiseSize)
        mapping = [
            Linear(w("mapping")(0), 2 * c.noiseSize, c.conditionSize),
            Linear(w("mapping")(1), c.conditionSize, c.conditionSize),
        ]
        let first = GeneratorConfiguration.firstSide
        start = Linear(w("start"), c.conditionSize, first * first * c.widths[0])
        levels = c.widths.indices.map { GeneratorLevel(w("up_blocks")($0), c, level: $0) }
        toPicture = ModulatedConvolution(
            w("conv_out"), c.widths.last!, 3, condition: c.conditionSize)
    }

    /// Paints pictures.
    ///
    /// - Parameters:
    ///   - noise: z, `[batch, noise]` in f32, standard normal.
    ///   - text: CLIP's embeddings, `[batch, text]` in f32, rows of length one.
    ///   - type: What is computed in.
    /// - Returns: `[batch, side, side, 3]` in f32, about -1 to 1: nothing squeezes it, since plain
    ///   white and black lie at the ends, where a tanh does not get.
    public func callAsFunction(noise: Tensor, text: Tensor, type: ElementType = .f32) -> Tensor {
        callAsFunction(noise: noise, text: text, type: type, looking: nil)
    }

    /// The same to the bit, watched.
    ///
    /// - Parameter look: Told, from the smallest level on, of the side of each level with
    ///   self-attention and of how much its cells take of each other: `[batch, cells, cells]` in
    ///   f32, the mean over heads. Nil computes none of it.
    package func callAsFunction(
        noise: Tensor, text: Tensor, type: ElementType,
        looking look: ((_ side: Int, _ attention: Tensor) -> Void)?
    ) -> Tensor {
        let condition = condition(noise: noise, text: text, type)
        let first = GeneratorConfiguration.firstSide
        var x = start(condition).reshaped([noise.shape[0], first, first, -1])
        for level in levels { x = level(x, condition, looking: look) }
        return toPicture(x, condition).cast(to: .f32)
    }

    /// What noise and text say together, `[batch, condition]`.
    private func condition(noise: Tensor, text: Tensor, _ type: ElementType) -> Tensor {
        // An embedding of length one has small numbers; this gives it the noise's size.
        let scale = Float(configuration.textSize).squareRoot()
        let said = textProjection((text * scale).cast(to: type))
        let both = concatenate([noise.cast(to: type), said], axis: 1)
        return mapping.reduce(both) { $1($0).silu }
    }
}

/// One side: twice the side before, a residual block, attention.
struct GeneratorLevel: Sendable {
    let up: ConvTranspose2d?
    let block: ModulatedBlock
    let attention: SelfAttention?

    init(_ w: Weights, _ c: GeneratorConfiguration, level: Int) {
        let width = c.widths[level]
        let input = c.widths[max(level - 1, 0)]
        // Nothing normalises what comes through here, so its variance is kept: no SiLU lies before
        // it.
        up =
            level == 0
            ? nil
            : ConvTranspose2d(
                w("up"), input, width, kernel: 4, stride: 2, padding: 1, bias: false,
                initialiser: .he(fanIn: input * 4, gain: Float(0.5).squareRoot()))
        block = ModulatedBlock(
            w("block"), width, convolutions: c.convolutions[level], condition: c.conditionSize)
        attention =
            c.attentionSides.contains(GeneratorConfiguration.firstSide << level)
            ? SelfAttention(w("attention"), width, headSize: c.headSize) : nil
    }

    func callAsFunction(
        _ x: Tensor, _ condition: Tensor, looking look: ((Int, Tensor) -> Void)?
    ) -> Tensor {
        let y = block(up?(x) ?? x, condition)
        guard let attention else { return y }
        look?(y.shape[1], attention.looks(y))
        return attention(y)
    }
}
