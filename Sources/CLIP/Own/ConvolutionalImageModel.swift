import PinxitLayers
import PinxitTensors

/// The sizes of a ``ConvolutionalImageModel``.
public struct ConvolutionalImageConfiguration: Sendable, Equatable {
    /// The side of the pictures it takes.
    public var imageSize = 64
    /// Width of each level; each halves the picture.
    public var widths = [32, 64, 128, 192]
    /// Transformer layers over the cells.
    public var layers = 2
    /// Attention heads; they divide the last width.
    public var heads = 6

    /// A tower of 64x64 pictures with 192 features.
    public init() {}
}

/// A small image tower for CLIP: convolutions down to 4x4 cells, then transformer layers over the
/// cells.
///
/// On small data it learns several times faster than a vision transformer on patches, since it need
/// not learn what a neighbour is.
public struct ConvolutionalImageModel: Sendable {
    /// The sizes it was made with.
    public let configuration: ConvolutionalImageConfiguration
    let stem: Conv2d
    let levels: [(down: Conv2d, block: ResidualBlock)]
    let positions: Embedding
    let layers: [CLIPLayer]
    let finalNorm: LayerNorm

    /// - Precondition: 8, the groups of the norms, divides every width.
    public init(_ w: Weights, _ c: ConvolutionalImageConfiguration) {
        configuration = c
        stem = Conv2d(w("stem"), 3, c.widths[0], kernel: 3, padding: 1)
        levels = c.widths.indices.map { i in
            let input = i == 0 ? c.widths[0] : c.widths[i - 1]
            return (
                Conv2d(
                    w("levels")(i)("down"), input, c.widths[i], kernel: 3, stride: 2, padding: 1),
                ResidualBlock(w("levels")(i)("block"), c.widths[i])
            )
        }
        let width = c.widths.last!
        let side = c.imageSize >> c.widths.count
        positions = Embedding(w("positions"), side * side, width)
        layers = (0..<c.layers).map {
            CLIPLayer(
                w("layers")($0), width: width, inner: 4 * width, heads: c.heads, activation: .gelu,
                epsilon: 1e-5, causal: false)
        }
        finalNorm = LayerNorm(w("final_norm"), width)
    }

    /// `[batch, side, side, 3]` in [-1, 1] to `[batch, width]`.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        var x = stem(pictures)
        for level in levels { x = level.block(level.down(x)) }
        let (batch, height, width, channels) = x.picture
        let cells = height * width
        let places = Tensor((0..<cells).map(Int32.init), shape: [cells])
        var tokens = x.reshaped([batch, cells, channels]) + positions(places, type: x.type)
        for layer in layers { tokens = layer(tokens) }
        return finalNorm(tokens).mean(axis: 1)
    }
}

/// x + conv(silu(norm(conv(silu(norm x))))).
struct ResidualBlock: Sendable {
    let norm1: GroupNorm
    let conv1: Conv2d
    let norm2: GroupNorm
    let conv2: Conv2d

    init(_ w: Weights, _ width: Int) {
        norm1 = GroupNorm(w("norm1"), width, groups: 8, epsilon: 1e-5)
        conv1 = Conv2d(w("conv1"), width, width, kernel: 3, padding: 1)
        norm2 = GroupNorm(w("norm2"), width, groups: 8, epsilon: 1e-5)
        conv2 = Conv2d(w("conv2"), width, width, kernel: 3, padding: 1)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        x + conv2(norm2(conv1(norm1(x, silu: true)), silu: true))
    }
}
