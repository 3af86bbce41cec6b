import PinxitTensors

/// The largest absolute difference of two tensors' elements; infinite when shapes differ or an
/// element of either is not a number.
public func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    var largest: Float = 0
    for (x, y) in zip(a.floats, b.floats) where x != y {
        let difference = abs(x - y)
        if !difference.isFinite { return .infinity }
        largest = max(largest, difference)
    }
    return largest
}

/// The largest difference in units of `expected`'s largest element: the right measure for sums of
/// many terms, where elements near zero are as wrong as the others.
public func relativeDifference(_ actual: Tensor, _ expected: Tensor) -> Float {
    let scale = expected.floats.reduce(0) { max($0, abs($1)) }
    return largestDifference(actual, expected) / max(scale, .leastNormalMagnitude)
}
