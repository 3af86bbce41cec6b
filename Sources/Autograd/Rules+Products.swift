import PinxitTensors

/// y = x Wᵀ + b: dx = dy W, dW = dyᵀ x, db = Σ dy.
func linearGradients(_ inputs: [Tensor], _ dy: Tensor, _ wanted: [Bool]) -> [Tensor?] {
    let (x, weight) = (inputs[0], inputs[1])
    let dx = wanted[0] ? linearInputGradient(dy, weight, input: x.shape) : nil
    let biased = wanted.count == 3 && wanted[2]
    guard wanted[1] || biased else { return [dx, nil, nil] }
    let (dw, db) = linearWeightGradient(x, dy, weight: weight.shape, bias: biased)
    return [dx, dw, db]
}

func convolutionGradients(
    _ inputs: [Tensor], _ dy: Tensor, _ geometry: Operation.Convolution, _ wanted: [Bool]
) -> [Tensor?] {
    let (x, weight) = (inputs[0], inputs[1])
    let dx = wanted[0] ? conv2dInputGradient(dy, weight, input: x.shape, geometry) : nil
    let biased = wanted.count == 3 && wanted[2]
    guard wanted[1] || biased else { return [dx, nil, nil] }
    let (dw, db) = conv2dWeightGradient(x, dy, weight: weight.shape, bias: biased, geometry)
    return [dx, dw, db]
}

/// A transposed convolution is the input gradient of a convolution, so its own gradients are that
/// convolution and its weights' gradient.
func transposedConvolutionGradients(
    _ inputs: [Tensor], _ dy: Tensor, _ geometry: Operation.Convolution, _ wanted: [Bool]
) -> [Tensor?] {
    let (x, weight) = (inputs[0], inputs[1])
    let dx = wanted[0] ? conv2d(dy, weight, geometry) : nil
    let dw =
        wanted[1]
        ? conv2dWeightGradient(dy, x, weight: weight.shape, bias: false, geometry).weight : nil
    let db =
        wanted.count == 3 && wanted[2]
        ? dy.reshaped([-1, dy.shape[3]]).sum(axis: 0, type: .f32) : nil
    return [dx, dw, db]
}

/// Y = A B with either stored transposed.
func matmulGradients(
    _ a: Tensor, _ b: Tensor, _ dy: Tensor, _ transposeA: Bool, _ transposeB: Bool, _ wanted: [Bool]
) -> [Tensor?] {
    let da: Tensor? =
        !wanted[0]
        ? nil
        : transposeA
            ? matmul(b, dy, transposeA: transposeB, transposeB: true)
            : matmul(dy, b, transposeB: !transposeB)
    let db: Tensor? =
        !wanted[1]
        ? nil
        : transposeB
            ? matmul(dy, a, transposeA: true, transposeB: transposeA)
            : matmul(a, dy, transposeA: !transposeA)
    return [da, db]
}
