import PinxitLayers
import PinxitTensors

/// The sizes of a ``ResidualImageModel``.
public struct ResidualImageConfiguration: Sendable, Equatable {
    /// The side of the pictures it takes.
    public var imageSize = 64
    /// Width of each level; each halves the picture.
    public var widths = [40, 80, 160, 240]
    /// Residual blocks of each level.
    public var blocks = [1, 1, 2, 1]
    /// Features of the result.
    public var width = 192

    /// A tower of 64x64 pictures with 192 features.
    public init() {}

    /// Cells of the last level.
    var cells: Int { (imageSize >> widths.count) * (imageSize >> widths.count) }
}

/// An image tower without attention (He et al. 2016): residual convolutions down to a few cells,
/// then one product over all of them.
///
/// Every cell has its own weights in that product, so that where a thing lies is not averaged away.
public struct ResidualImageModel: Sendable {
    /// The sizes it was made with.
    public let configuration: ResidualImageConfiguration
    let levels: [(down: Conv2d, blocks: [ResidualBlock])]
    let norm: GroupNorm
    let head: Linear

    /// - Precondition: as many `blocks` as `widths`, and 8, the groups of the norms, divides every
    ///   width.
    public init(_ w: Weights, _ c: ResidualImageConfiguration) {
        configuration = c
        levels = c.widths.indices.map { i in
            let (level, input) = (w("levels")(i), i == 0 ? 3 : c.widths[i - 1])
            return (
                Conv2d(level("down"), input, c.widths[i], kernel: 4, stride: 2, padding: 1),
                (0..<c.blocks[i]).map { ResidualBlock(level("blocks")($0), c.widths[i]) }
            )
        }
        norm = GroupNorm(w("norm"), c.widths.last!, groups: 8, epsilon: 1e-5)
        head = Linear(w("head"), c.cells * c.widths.last!, c.width)
    }

    /// `[batch, side, side, 3]` in [-1, 1] to `[batch, width]`.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        var x = pictures
        for level in levels {
            x = level.down(x)
            for block in level.blocks { x = block(x) }
        }
        return head(norm(x, silu: true).reshaped([x.shape[0], -1]))
    }
}
