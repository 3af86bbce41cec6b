import PinxitTensors

/// Repeats dy along the summed dimension.
func sumGradient(
    _ x: Tensor, _ dy: Tensor, _ outer: Int, _ axis: Int, _ inner: Int, _ scale: Float
) -> Tensor {
    let scaled = dy.cast(to: x.type) * scale
    let ones = Tensor.ones([outer, axis, inner], type: x.type)
    return (ones * scaled.reshaped([outer, 1, inner])).reshaped(x.shape)
}

func concatenateGradients(
    _ inputs: [Tensor], _ dy: Tensor, _ axis: Int, _ wanted: [Bool]
) -> [Tensor?] {
    var start = 0
    return zip(inputs, wanted).map { input, wanted in
        defer { start += input.shape[axis] }
        return wanted ? dy.sliced(axis: axis, start..<start + input.shape[axis]) : nil
    }
}

/// dy where low < x < high, as PyTorch has it at the ends: the ends belong to the range.
func clampGradient(_ x: Tensor, _ dy: Tensor, _ low: Float, _ high: Float) -> Tensor {
    let mask = x.floats.map { $0 >= low && $0 <= high ? Float(1) : 0 }
    return dy * Tensor(mask, shape: x.shape).cast(to: dy.type)
}
