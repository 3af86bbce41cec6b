import PinxitCLIPGAN
import PinxitLayers
import PinxitTensors

// Legend: B batch.

/// What noise would paint this picture: the distribution of z that goes with a real picture and its
/// text.
///
/// With it a generator can be asked to paint a given picture again and be told, point by point,
/// what is wrong; a discriminator alone takes far longer to teach shapes. It learns with the
/// generator and is not needed for painting (BicycleGAN, Zhu et al. 2017, and VAE-GAN, Larsen et
/// al. 2016).
struct NoiseEncoder: Sendable {
    private let hidden: Linear
    private let output: Linear
    private let textScale: Float

    init(_ w: Weights, _ c: GeneratorConfiguration, width: Int = 256) {
        let side = c.pictureSize / Self.shrinking
        hidden = Linear(w("hidden"), side * side * 3 + c.textSize, width)
        output = Linear(w("output"), width, 2 * c.noiseSize, initialiser: .zeros)
        textScale = Float(c.textSize).squareRoot()
    }

    /// Pictures are looked at in a quarter of their height and width: what a text leaves open is
    /// mostly where and how large.
    static let shrinking = 4

    /// - Parameters:
    ///   - pictures: `[B, side, side, 3]` in [-1, 1].
    ///   - text: `[B, text]`, rows of length one.
    /// - Returns: mean and logarithm of the variance, both `[B, noise]`.
    func callAsFunction(_ pictures: Tensor, text: Tensor) -> (mean: Tensor, logVariance: Tensor) {
        let small = pictures.averagePooled2().averagePooled2()
        let seen = small.reshaped([small.shape[0], -1])
        let both = output(hidden(concatenate([seen, text * textScale], axis: 1)).silu)
            .chunked(2, axis: 1)
        return (both[0], both[1])
    }
}
