import PinxitLayers
import PinxitTensors

/// The discriminator of a CLIP-conditioned GAN: how real a picture looks, and how well it goes with
/// a text.
///
/// Strided residual blocks without norms, as in R3GAN (Huang et al. 2024). Its activation is
/// smooth: the gradient penalties are made of differences, which the kinks of a leaky ReLU spoil.
public struct Discriminator: Sendable {
    let stem: Conv2d
    let levels: [DiscriminatorLevel]
    /// The text beside the features at every place; being the same everywhere, it amounts to a
    /// shift of every channel.
    let joint: Conv2d
    let textShift: Linear
    let realness: Linear
    let match: Linear
    private let textScale: Float

    /// - Precondition: `headSize` divides the widths of the levels with attention.
    public init(_ w: Weights, _ c: DiscriminatorConfiguration) {
        let width = c.widths.last!
        stem = Conv2d(w("conv_in"), 3, c.widths[0], kernel: 3, padding: 1)
        levels = c.widths.indices.dropFirst().map {
            DiscriminatorLevel(w("down_blocks")($0 - 1), c, level: $0)
        }
        joint = Conv2d(
            w("joint"), width, width, kernel: 3, padding: 1, initialiser: .he(fanIn: width * 9))
        textShift = Linear(w("text_shift"), c.textSize, width)
        realness = Linear(w("realness"), c.lastSide * c.lastSide * width, 1)
        match = Linear(w("match"), width, c.textSize)
        textScale = Float(c.textSize).squareRoot()
    }

    /// What is seen in pictures `[batch, side, side, 3]`: `[batch, height, width, channels]`,
    /// whatever the text.
    public func features(_ pictures: Tensor) -> Tensor {
        levels.reduce(stem(pictures)) { $1($0) }
    }

    /// The verdict on features and texts.
    ///
    /// The features are asked twice: together with the text by a layer of their own, and by their
    /// product with it (Miyato & Koyama 2018).
    /// - Parameter text: CLIP's embeddings, `[batch, text]` in f32, rows of length one.
    /// - Returns: `[batch]` in f32, large for real pictures that go with their text.
    public func verdict(_ features: Tensor, text: Tensor) -> Tensor {
        let (batch, height, width, channels) = features.picture
        let shift = textShift((text * textScale).cast(to: features.type))
        let seen = joint(features.silu, shift: shift).silu.cast(to: .f32)
        let overall = seen.reshaped([batch, height * width, channels]).mean(axis: 1)
        let fit = (match(overall) * text).sum(axis: 1)
        return realness(seen.reshaped([batch, -1])).reshaped([batch]) + fit
    }
}

/// Half the side: pooled x plus two convolutions, the first of which strides.
struct DiscriminatorLevel: Sendable {
    let skip: Conv2d
    let down: Conv2d
    let conv: Conv2d
    let attention: SelfAttention?

    init(_ w: Weights, _ c: DiscriminatorConfiguration, level: Int) {
        let (input, width) = (c.widths[level - 1], c.widths[level])
        skip = Conv2d(
            w("skip"), input, width, kernel: 1,
            initialiser: .he(fanIn: input, gain: Float(0.5).squareRoot()))
        down = Conv2d(
            w("down"), input, width, kernel: 4, stride: 2, padding: 1,
            initialiser: .he(fanIn: input * 16))
        conv = Conv2d(w("conv"), width, width, kernel: 3, padding: 1, initialiser: .zeros)
        attention =
            c.attentionSides.contains(c.pictureSize >> level)
            ? SelfAttention(w("attention"), width, headSize: c.headSize) : nil
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = skip(x.averagePooled2()) + conv(down(x.silu).silu)
        return attention?(y) ?? y
    }
}
