// Legend: B batch, H W height and width, C channels in, O channels out, K kernel size.

/// Convolves a channels-last picture (cross-correlation, as every framework has it).
///
/// The computation runs in the picture's type; the weight is converted while it is packed.
/// - Parameters:
///   - x: `[batch, height, width, in]`, f32 or bf16.
///   - weight: `[out, in, kernelHeight, kernelWidth]`, any floating-point type.
///   - bias: `[out]` in f32.
/// - Returns: `[batch, outHeight, outWidth, out]`.
public func conv2d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, _ geometry: Operation.Convolution = .init()
) -> Tensor {
    let sizes = ConvolutionSizes(
        x.shape, weight.shape, geometry, x.type, weight.packableType, bias: bias != nil)
    requireBias(bias, of: sizes.outChannels)
    let y = Tensor(
        uninitialized: [sizes.batch, sizes.outHeight, sizes.outWidth, sizes.outChannels],
        type: x.type)
    let winograd = Winograd(sizes)
    let quantises = Quantisation.applies(to: weight, x)
    if quantises, !(winograd?.isBetterThanLevels ?? false) {
        Quantisation.convolve(x, weight, bias: bias, sizes, into: y)
    } else if let winograd {
        winograd.convolve(x, weight, bias: bias, into: y)
    } else if Widening.applies(to: x.type) {
        Widening.convolve(x, .windows(weight), bias: bias, sizes, into: y)
        weight.storage.dropPassingPages()
    } else {
        let primitive = Primitive.cached(.convolution(.forward, sizes))
        primitive(x, weight: weight, bias: bias, into: y.pointer)
    }
    return y.recorded(.convolution(geometry), [x, weight] + (bias.map { [$0] } ?? []))
}

/// The gradient of ``conv2d(_:_:bias:_:)`` with respect to its picture, of shape `input`.
public func conv2dInputGradient(
    _ dy: Tensor, _ weight: Tensor, input: Shape, _ geometry: Operation.Convolution
) -> Tensor {
    let sizes = ConvolutionSizes(
        input, weight.shape, geometry, dy.type, weight.packableType, bias: false)
    let dx = Tensor(uninitialized: input, type: dy.type)
    if let winograd = Winograd(sizes) {
        winograd.inputGradient(dy, weight, into: dx)
    } else if Widening.applies(to: dy.type) {
        return conv2dInputGradient(
            dy.detached.cast(to: .f32), weight, input: input, geometry
        ).cast(to: dy.type)
    } else {
        let primitive = Primitive.cached(.convolution(.backwardData, sizes))
        primitive(dy, weight: weight, bias: nil, into: dx.pointer)
    }
    return dx
}

/// The gradients of ``conv2d(_:_:bias:_:)`` with respect to its weight, and its bias if it has one,
/// in f32.
public func conv2dWeightGradient(
    _ x: Tensor, _ dy: Tensor, weight: Shape, bias: Bool, _ geometry: Operation.Convolution
) -> (weight: Tensor, bias: Tensor?) {
    let sizes = ConvolutionSizes(x.shape, weight, geometry, x.type, .f32, bias: bias)
    if dy.type == x.type, let winograd = Winograd(sizes) {
        let dw = Tensor(uninitialized: weight)
        winograd.weightGradient(x, dy, into: dw)
        let rows = dy.detached.reshaped([-1, sizes.outChannels])
        return (dw, bias ? rows.sum(axis: 0, type: .f32) : nil)
    }
    if Widening.applies(to: x.type) {
        return conv2dWeightGradient(
            x.detached.cast(to: .f32), dy.detached.cast(to: .f32), weight: weight, bias: bias,
            geometry)
    }
    let primitive = Primitive.cached(.convolution(.backwardWeights, sizes))
    let db = bias ? Tensor(uninitialized: [weight[0]]) : nil
    let dw = primitive.unpacked(shape: weight) {
        primitive(x, dy.pointer, bias: db, into: $0)
    }
    return (dw, db)
}

/// Convolves with the transposed matrix: the gradient of a convolution used forwards, which
/// enlarges a picture.
///
/// - Parameters:
///   - x: `[batch, height, width, in]`.
///   - weight: `[in, out, kernelHeight, kernelWidth]`, as PyTorch stores it.
/// - Returns: `[batch, (height - 1) stride + kernel - padding, …, out]`.
public func transposedConv2d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, _ geometry: Operation.Convolution
) -> Tensor {
    let (b, h, w) = (x.shape[0], x.shape[1], x.shape[2])
    precondition(
        x.rank == 4 && weight.rank == 4 && x.shape[3] == weight.shape[0],
        "a transposed convolution of \(x.shape) by \(weight.shape)")
    let output: Shape = [
        b, (h - 1) * geometry.stride + weight.shape[2] - geometry.top - geometry.bottom,
        (w - 1) * geometry.stride + weight.shape[3] - geometry.left - geometry.right,
        weight.shape[1],
    ]
    let y = Engine.unobserved {
        let y = conv2dInputGradient(x, weight, input: output, geometry)
        return bias.map { y + $0.detached.cast(to: y.type) } ?? y
    }
    return y.recorded(.transposedConvolution(geometry), [x, weight] + (bias.map { [$0] } ?? []))
}

extension ConvolutionSizes {
    /// Sizes for a picture `x` and weight `w`, trapping with both shapes if they cannot be
    /// convolved.
    init(
        _ x: Shape, _ w: Shape, _ geometry: Operation.Convolution, _ type: ElementType,
        _ plainType: ElementType, bias: Bool
    ) {
        precondition(
            x.rank == 4 && w.rank == 4 && x[3] == w[1],
            "a picture [batch, height, width, channels] of \(x) cannot be convolved by weights [out, in, kernel, kernel] of \(w)"
        )
        precondition(
            type == .f32 || type == .bf16, "pictures are convolved in f32 and bf16, not in \(type)")
        precondition(
            x[1] + geometry.top + geometry.bottom >= w[2]
                && x[2] + geometry.left + geometry.right >= w[3],
            "weights of \(w) are larger than a picture of \(x) with its padding")
        func out(_ size: Int, _ kernel: Int, _ padding: Int) -> Int {
            (size + padding - kernel) / geometry.stride + 1
        }
        self.init(
            batch: x[0], inHeight: x[1], inWidth: x[2], inChannels: x[3],
            outHeight: out(x[1], w[2], geometry.top + geometry.bottom),
            outWidth: out(x[2], w[3], geometry.left + geometry.right), outChannels: w[0],
            kernelHeight: w[2], kernelWidth: w[3], geometry: geometry, type: type,
            plainType: plainType, bias: bias)
    }
}

extension Tensor {
    /// The type oneDNN packs a weight from: its own, or f32 for an f16 one, which is converted when
    /// it is packed.
    var packableType: ElementType { type == .f16 ? .f32 : type }
}
