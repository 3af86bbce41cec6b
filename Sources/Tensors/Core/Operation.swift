import PinxitKernels

/// Every operation, with the arguments its gradient rule needs.
///
/// `Autograd` has one rule per case; the compiler checks that none is missing.
public enum Operation: Sendable {
    /// What gradients are asked for; it has no rule.
    case leaf
    /// To another floating-point type.
    case cast
    /// By NumPy's broadcasting. Inputs: a, b.
    case add, subtract, multiply, divide
    /// alpha a + beta b
    case blend(alpha: Float, beta: Float)
    /// alpha a + constant
    case affine(alpha: Float)
    /// A function of single elements. Inputs: x.
    case unary(Unary)
    /// min(max(x, low), high)
    case clamp(low: Float, high: Float)
    /// The same elements in another shape.
    case reshape
    /// Dimension i of the result is dimension `order[i]` of the input.
    case permute([Int])
    /// Inputs: as many as are joined.
    case concatenate(axis: Int)
    /// A range of one dimension.
    case slice(axis: Int, range: Range<Int>)
    /// Each picture moved by its own whole pixels.
    case translate([Translation])
    /// Sum over one axis of the view [outer, axis, inner], times a scale.
    case sum(outer: Int, axis: Int, inner: Int, scale: Float)
    /// Saved: nothing. Inputs: a, b.
    case matmul(transposeA: Bool, transposeB: Bool)
    /// Inputs: x, weight [out, in], bias?
    case linear
    /// Inputs: x, weight [out, in, kh, kw], bias?
    case convolution(Convolution)
    /// Inputs: x, weight [in, out, kh, kw], bias?
    case transposedConvolution(Convolution)
    /// Inputs: x, gamma, beta. Saved: mean, rstd.
    case groupNorm(groups: Int, silu: Bool)
    /// Inputs: x, gamma, beta. Saved: mean, rstd.
    case layerNorm
    /// Without a gradient. Inputs: x, factors and addends [2, channels].
    case channelScale(silu: Bool)
    /// Saved: the output.
    case softmax, logSoftmax
    /// Inputs: logits. Saved: classes, log-sum-exp.
    case crossEntropy
    /// Inputs: q, k, v. Saved: output, log-sum-exp.
    case attention(heads: Int, scale: Float, causal: Bool)
    /// The first half of the features times the GELU of the second.
    case geglu
    /// Inputs: x, affine.
    case modulate
    /// Each pixel as 2x2 pixels.
    case upsample2
    /// Each 2x2 pixels as their mean.
    case averagePool2
    /// To any size, by the nearest pixel.
    case resizeNearest
    /// Inputs: table. Saved: ids.
    case embedding
    /// Several operations that are done again for their gradient, see ``recomputed(_:)``. Inputs:
    /// what they take from outside.
    case recomputed

    /// Elementwise functions of one variable.
    public enum Unary: UInt32, Sendable, CaseIterable {
        /// As the properties of ``Tensor`` of these names say, `square` being ``Tensor/squared``.
        case silu, gelu, quickGELU, relu, sigmoid, tanh, exp, log, sqrt, abs, square, reciprocal

        /// The cases stand in the order of `px_unary_op`.
        public var kernel: px_unary_op { px_unary_op(rawValue: rawValue) }
    }

    /// How far a picture moves, in pixels.
    public struct Translation: Sendable, Hashable {
        /// Pixels; negative ones move up and to the left.
        public var down: Int, right: Int

        /// A move in pixels.
        public init(down: Int, right: Int) {
            self.down = down
            self.right = right
        }

        /// The way back.
        public static prefix func - (a: Translation) -> Translation {
            Translation(down: -a.down, right: -a.right)
        }
    }

    /// Stride and padding of a convolution.
    public struct Convolution: Sendable, Hashable {
        /// Pixels from one place of the kernel to the next, in both directions.
        public var stride: Int
        /// Rows and columns of zeros around the picture.
        public var top: Int, left: Int, bottom: Int, right: Int

        /// The same padding on all sides.
        public init(stride: Int = 1, padding: Int = 0) {
            self.init(stride: stride, top: padding, left: padding, bottom: padding, right: padding)
        }

        /// A padding for each side.
        public init(stride: Int, top: Int, left: Int, bottom: Int, right: Int) {
            self.stride = stride
            self.top = top
            self.left = left
            self.bottom = bottom
            self.right = right
        }
    }
}
