import PinxitTensors

/// The largest disagreement between the tape's gradients and central finite differences, relative
/// to the gradients' scale; and with the gradient of each input alone, where a tape keeps less.
///
/// - Parameters:
///   - inputs: f32 tensors, small: each element costs two evaluations.
///   - step: The distance of the difference quotient; 1e-2 balances rounding and curvature in f32.
///   - function: A scalar of the inputs.
/// - Returns: Infinity where a gradient or a quotient is not finite.
public func gradientError(
    _ inputs: [Tensor], step: Float = 1e-2, _ function: ([Tensor]) -> Tensor
) -> Float {
    let leaves = inputs.map { $0.tracked() }
    let exact = gradients(of: function(leaves), withRespectTo: leaves)
    var worst: Float = 0
    for (index, input) in inputs.enumerated() {
        let analytic = exact[index]?.floats ?? [Float](repeating: 0, count: input.count)
        guard analytic.allSatisfy(\.isFinite) else { return .infinity }
        let scale = max(analytic.map(\.magnitude).max() ?? 0, 1e-3)
        var single = inputs
        single[index] = input.tracked()
        let alone = gradients(of: function(single), withRespectTo: [single[index]])[0]?.floats
        for (one, other) in zip(analytic, alone ?? [Float](repeating: 0, count: input.count)) {
            guard other.isFinite else { return .infinity }
            worst = max(worst, (one - other).magnitude / scale)
        }
        for element in 0..<input.count {
            func value(_ shift: Float) -> Float {
                var values = input.floats
                values[element] += shift
                var shifted = inputs
                shifted[index] = Tensor(values, shape: input.shape)
                return function(shifted).item
            }
            let numeric = (value(step) - value(-step)) / (2 * step)
            guard numeric.isFinite else { return .infinity }
            worst = max(worst, (numeric - analytic[element]).magnitude / scale)
        }
    }
    return worst
}
