import PinxitKernels

extension Tensor {
    /// x σ(x)
    public var silu: Tensor { unary(.silu) }
    /// x Φ(x), with the error function and not its approximation.
    public var gelu: Tensor { unary(.gelu) }
    /// x σ(1.702 x), which OpenAI's CLIP was trained with.
    public var quickGELU: Tensor { unary(.quickGELU) }
    /// max(x, 0)
    public var relu: Tensor { unary(.relu) }
    /// 1 / (1 + e⁻ˣ)
    public var sigmoid: Tensor { unary(.sigmoid) }
    /// The hyperbolic tangent, between -1 and 1.
    public var tanh: Tensor { unary(.tanh) }
    /// eˣ
    public var exp: Tensor { unary(.exp) }
    /// The natural logarithm, of numbers above 0.
    public var log: Tensor { unary(.log) }
    /// The square root, of numbers from 0.
    public var sqrt: Tensor { unary(.sqrt) }
    /// The absolute value.
    public var abs: Tensor { unary(.abs) }
    /// x²
    public var squared: Tensor { unary(.square) }
    /// 1 / x
    public var reciprocal: Tensor { unary(.reciprocal) }

    /// An elementwise function of one variable.
    public func unary(_ function: Operation.Unary) -> Tensor {
        let y = Tensor(uninitialized: shape, type: type)
        px_unary(function.kernel, pointer, y.pointer, type.kernel, count)
        return y.recorded(.unary(function), [self])
    }

    /// Softmax over the last dimension.
    public func softmax() -> Tensor {
        let y = Tensor(uninitialized: shape, type: type)
        px_softmax(pointer, y.pointer, type.kernel, count / max(shape[-1], 1), shape[-1])
        return y.recorded(.softmax, [self], saved: [y])
    }

    /// The logarithm of the softmax over the last dimension.
    public func logSoftmax() -> Tensor {
        let y = Tensor(uninitialized: shape, type: type)
        px_log_softmax(pointer, y.pointer, type.kernel, count / max(shape[-1], 1), shape[-1])
        return y.recorded(.logSoftmax, [self], saved: [y])
    }
}

/// The negative logarithm of the softmax's share of one class in each row, in nats.
///
/// - Parameters:
///   - logits: `[…, classes]`.
///   - classes: `[…]` in `i32`, each below the number of classes.
/// - Returns: `[…]` in f32.
public func crossEntropy(_ logits: Tensor, _ classes: Tensor) -> Tensor {
    let (rows, width) = (classes.count, logits.shape[-1])
    precondition(
        Array(logits.shape.dimensions.dropLast()) == classes.shape.dimensions
            && classes.integers.allSatisfy { $0 >= 0 && $0 < width },
        "classes \(classes) do not fit logits \(logits)")
    let loss = Tensor(uninitialized: classes.shape)
    let lse = Tensor(uninitialized: classes.shape)
    px_cross_entropy(
        logits.pointer, classes.pointer.assumingMemoryBound(to: Int32.self), loss.f32, lse.f32,
        logits.type.kernel, rows, width)
    return loss.recorded(.crossEntropy, [logits], saved: [classes, lse])
}

/// log(1 + exp x), elementwise, for x of one dimension: exact at both ends, and smooth at 0.
public func softplus(_ x: Tensor) -> Tensor {
    // -log of the first of softmax(0, x).
    let pairs = stack([Tensor.zeros(x.shape, type: x.type), x]).permuted([1, 0])
    return -pairs.logSoftmax().sliced(axis: 1, 0..<1).reshaped(x.shape)
}

/// The gated GELU of Shazeer 2020 as Stable Diffusion has it: the first half of the features times
/// the GELU of the second.
///
/// - Parameter x: `[…, 2 features]`.
/// - Returns: `[…, features]`.
public func geglu(_ x: Tensor) -> Tensor {
    precondition(
        x.shape[-1] % 2 == 0, "gated GELU halves the last dimension, which is odd in \(x.shape)")
    let half = x.shape[-1] / 2
    let y = Tensor(uninitialized: Shape(x.shape.dimensions.dropLast() + [half]), type: x.type)
    px_geglu(x.pointer, y.pointer, x.type.kernel, y.count / max(half, 1), half)
    return y.recorded(.geglu, [x])
}

/// silu((1 + scale) x + shift), with a scale and a shift for every channel of every picture: what
/// conditions a convolution without a norm (DF-GAN, Tao et al. 2022).
///
/// - Parameters:
///   - x: `[batch, …, channels]`.
///   - affine: `[batch, 2 channels]` in x's type, scales before shifts.
public func modulated(_ x: Tensor, by affine: Tensor) -> Tensor {
    let (batch, channels) = (x.shape[0], x.shape[-1])
    precondition(
        affine.shape == [batch, 2 * channels] && affine.type == x.type,
        "\(x) cannot be modulated by \(affine)")
    let y = Tensor(uninitialized: x.shape, type: x.type)
    px_modulate(
        x.pointer, affine.pointer, y.pointer, x.type.kernel, batch,
        x.count / max(batch * channels, 1), channels)
    return y.recorded(.modulate, [x, affine])
}

// MARK: Gradients

extension Tensor {
    /// dy · f'(x), for the x that `unary(_:)` was given.
    public func unaryGradient(_ function: Operation.Unary, _ dy: Tensor) -> Tensor {
        let dx = Tensor(uninitialized: shape, type: type)
        px_unary_backward(
            function.kernel, pointer, dy.pointer, dx.pointer, type.kernel, count)
        return dx
    }
}

/// The gradient of ``Tensor/softmax()`` given its output.
public func softmaxGradient(output y: Tensor, _ dy: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: y.shape, type: y.type)
    let columns = y.shape[-1]
    px_softmax_backward(
        y.pointer, dy.pointer, dx.pointer, y.type.kernel, y.count / max(columns, 1), columns)
    return dx
}

/// The gradient of ``Tensor/logSoftmax()`` given its output.
public func logSoftmaxGradient(output y: Tensor, _ dy: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: y.shape, type: y.type)
    let columns = y.shape[-1]
    px_log_softmax_backward(
        y.pointer, dy.pointer, dx.pointer, y.type.kernel, y.count / max(columns, 1), columns)
    return dx
}

/// The gradient of ``crossEntropy(_:_:)`` with respect to its logits.
public func crossEntropyGradient(
    _ logits: Tensor, classes: Tensor, logSumExp: Tensor, _ dy: Tensor
) -> Tensor {
    let dx = Tensor(uninitialized: logits.shape, type: logits.type)
    px_cross_entropy_backward(
        logits.pointer, classes.pointer.assumingMemoryBound(to: Int32.self), logSumExp.f32, dy.f32,
        dx.pointer, logits.type.kernel, classes.count, logits.shape[-1])
    return dx
}

/// The gradient of ``geglu(_:)``.
public func gegluGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: x.shape, type: x.type)
    let half = x.shape[-1] / 2
    px_geglu_backward(
        x.pointer, dy.pointer, dx.pointer, x.type.kernel, x.count / max(2 * half, 1), half)
    return dx
}

/// The gradients of ``modulated(_:by:)``; that of scales and shifts in f32.
public func modulateGradients(_ x: Tensor, affine: Tensor, _ dy: Tensor) -> (
    x: Tensor, affine: Tensor
) {
    let (batch, channels) = (x.shape[0], x.shape[-1])
    let dx = Tensor(uninitialized: x.shape, type: x.type)
    let daffine = Tensor(uninitialized: affine.shape)
    px_modulate_backward(
        x.pointer, affine.pointer, dy.pointer, dx.pointer, daffine.f32, x.type.kernel, batch,
        x.count / max(batch * channels, 1), channels)
    return (dx, daffine)
}
