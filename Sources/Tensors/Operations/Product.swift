/// x weightᵀ + bias over the last dimension, with the weight as checkpoints store it.
///
/// - Parameters:
///   - x: `[…, in]`, f32 or bf16; the computation runs in its type.
///   - weight: `[out, in]`, any floating-point type.
///   - bias: `[out]` in f32.
/// - Returns: `[…, out]`.
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    let (out, features) = weight.shape.dimensions.pair
    precondition(
        x.rank > 0 && x.shape[-1] == features,
        "a linear layer with weight \(weight.shape) takes […, \(features)], not \(x.shape)")
    requireBias(bias, of: out)
    let y = Tensor(uninitialized: Shape(x.shape.dimensions.dropLast() + [out]), type: x.type)
    let sizes = ProductSizes(
        m: x.count / features, n: out, k: features, transposeB: true, packB: true,
        bias: bias != nil, aType: x.type, bType: x.type, outType: x.type,
        plainType: weight.packableType)
    if Quantisation.applies(to: weight, x) {
        Quantisation.multiply(x, weight, bias: bias, sizes, into: y)
    } else if Widening.applies(to: x, rows: sizes.m) {
        Widening.multiply(x, .matrix(weight), bias: bias, into: y)
        weight.storage.dropPassingPages()
    } else {
        Primitive.cached(.product(sizes))(x, weight: weight, bias: bias, into: y.pointer)
    }
    return y.recorded(.linear, [x, weight] + (bias.map { [$0] } ?? []))
}

/// Traps for a bias that has not a number in f32 for each feature.
func requireBias(_ bias: Tensor?, of features: Int) {
    precondition(
        bias.map { $0.type == .f32 && $0.count == features } ?? true,
        "a bias of \(features) numbers in f32 is expected, not \(bias.map { "\($0)" } ?? "none")")
}

/// The gradient of ``linear(_:_:bias:)`` with respect to x: dy weight.
public func linearInputGradient(_ dy: Tensor, _ weight: Tensor, input: Shape) -> Tensor {
    let (out, features) = weight.shape.dimensions.pair
    let dx = Tensor(uninitialized: input, type: dy.type)
    if Widening.applies(to: dy, rows: dy.count / out) {
        Widening.multiply(dy, .matrix(weight, turned: true), bias: nil, into: dx)
        weight.storage.dropPassingPages()
        return dx
    }
    let primitive = Primitive.cached(
        .product(
            ProductSizes(
                m: dy.count / out, n: features, k: out, packB: true, aType: dy.type,
                bType: dy.type, outType: dy.type, plainType: weight.packableType)))
    primitive(dy, weight: weight, bias: nil, into: dx.pointer)
    return dx
}

/// The gradients of ``linear(_:_:bias:)`` with respect to its weight, dyᵀ x, and its bias, in f32.
public func linearWeightGradient(
    _ x: Tensor, _ dy: Tensor, weight: Shape, bias: Bool
) -> (weight: Tensor, bias: Tensor?) {
    if Widening.applies(to: x.type) {
        return linearWeightGradient(
            x.detached.cast(to: .f32), dy.detached.cast(to: .f32), weight: weight, bias: bias)
    }
    let (out, features) = weight.dimensions.pair
    let rows = x.count / features
    let dw = Tensor(uninitialized: weight)
    let primitive = Primitive.cached(
        .product(
            ProductSizes(
                m: out, n: features, k: rows, transposeA: true, aType: dy.type, bType: x.type,
                outType: .f32)))
    primitive(dy, x.pointer, bias: nil, into: dw.pointer)
    return (dw, bias ? dy.detached.reshaped([rows, out]).sum(axis: 0, type: .f32) : nil)
}

/// The product of matrices, or of batches of them: `[…, m, k]` by `[…, k, n]`, each optionally
/// stored transposed.
///
/// - Returns: `[…, m, n]` in the operands' type.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor {
    let (m, k) = transposeA ? (a.shape[-1], a.shape[-2]) : (a.shape[-2], a.shape[-1])
    let (k2, n) = transposeB ? (b.shape[-1], b.shape[-2]) : (b.shape[-2], b.shape[-1])
    let batch = a.shape.dimensions.dropLast(2)
    precondition(
        k == k2 && batch == b.shape.dimensions.dropLast(2) && a.type == b.type,
        "cannot multiply \(a)\(transposeA ? " transposed" : "") by \(b)\(transposeB ? " transposed" : "")"
    )
    guard !Widening.applies(to: a.type) else {
        // Neither is a weight, whose form could be kept: both are widened as a whole.
        let y = Engine.unobserved {
            let (wideA, wideB) = (a.detached.cast(to: .f32), b.detached.cast(to: .f32))
            return matmul(wideA, wideB, transposeA: transposeA, transposeB: transposeB)
                .cast(to: a.type)
        }
        return y.recorded(.matmul(transposeA: transposeA, transposeB: transposeB), [a, b])
    }
    let y = Tensor(uninitialized: Shape(batch + [m, n]), type: a.type)
    guard y.count > 0, k > 0 else {
        return Tensor.zeros(y.shape, type: y.type)
            .recorded(.matmul(transposeA: transposeA, transposeB: transposeB), [a, b])
    }
    let primitive = Primitive.cached(
        .product(
            ProductSizes(
                batch: batch.reduce(1, *), m: m, n: n, k: k, transposeA: transposeA,
                transposeB: transposeB, aType: a.type, bType: b.type, outType: a.type)))
    primitive(a, b.pointer, bias: nil, into: y.pointer)
    return y.recorded(.matmul(transposeA: transposeA, transposeB: transposeB), [a, b])
}
