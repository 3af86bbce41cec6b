import PinxitTensors

/// Why tensors of a module do not go together.
struct ShapeProblem: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

extension AdapterModule {
    /// `[O, r]` by `[r, I, K…]`: `[O, I, K…]`; a convolution's up may have trailing ones.
    ///
    /// - Parameter most: Elements that the product may have; it is not made of more.
    static func product(
        _ up: Tensor, _ down: Tensor, most: Int
    ) throws(ShapeProblem) -> Tensor {
        let left = try matrix(up)
        guard down.rank > 1, left.shape[1] == down.shape[0] else {
            throw ShapeProblem("has parts of shapes \(up.shape) and \(down.shape)")
        }
        let shape = [left.shape[0]] + down.shape.dimensions.dropFirst()
        try check(shape, most)
        return matmul(left, down.reshaped([down.shape[0], -1])).reshaped(shape)
    }

    /// - Throws: `ShapeProblem` for more elements than the weight has, before memory is taken.
    private static func check(_ shape: [Int], _ most: Int) throws(ShapeProblem) {
        var count = 1
        for size in shape where size > 0 {
            guard count <= most / size else {
                throw ShapeProblem("makes a change of shape \(shape)")
            }
            count *= size
        }
    }

    /// A matrix from one that may have trailing dimensions of size 1.
    static func matrix(_ tensor: Tensor) throws(ShapeProblem) -> Tensor {
        guard tensor.rank > 1, tensor.count == tensor.shape[0] * tensor.shape[1] else {
            throw ShapeProblem("has a part of shape \(tensor.shape), which is no matrix")
        }
        return tensor.reshaped([tensor.shape[0], tensor.shape[1]])
    }

    /// Tucker's form of a convolution: Σ core[m, n, K] left[m, O] right[n, I] as `[O, I, K…]`.
    ///
    /// - Parameters:
    ///   - turned: Whether `left` is `[O, m]`.
    ///   - most: Elements that the result may have.
    static func tucker(
        _ core: Tensor, _ left: Tensor, _ right: Tensor, turned: Bool = false, most: Int
    ) throws(ShapeProblem) -> Tensor {
        let right = try matrix(right)
        let left = try matrix(left)
        guard core.rank > 2, core.shape[1] == right.shape[0],
            core.shape[0] == left.shape[turned ? 1 : 0]
        else {
            throw ShapeProblem(
                "has parts of shapes \(core.shape), \(left.shape) and \(right.shape)")
        }
        let (m, n) = (core.shape[0], core.shape[1])
        let window = Array(core.shape.dimensions.dropFirst(2))
        let (places, inputs) = (core.count / (m * n), right.shape[1])
        try check([left.shape[turned ? 0 : 1], inputs] + window, most)
        try check([m, places, inputs], most * Self.innerRoom)
        let inner = matmul(
            core.reshaped([m, n, places]).permuted([0, 2, 1]).reshaped([m * places, n]), right)
        let outer = matmul(left, inner.reshaped([m, places * inputs]), transposeA: !turned)
        let outputs = outer.shape[0]
        return outer.reshaped([outputs, places, inputs]).permuted([0, 2, 1])
            .reshaped([outputs, inputs] + window)
    }

    /// Ranks are no larger than widths, but may be larger than one weight's number of outputs.
    private static let innerRoom = 64

    /// `[a, b]` and `[c, d, K…]`: `[a c, b d, K…]`, of at most so many elements.
    static func kronecker(
        _ first: Tensor, _ second: Tensor, most: Int
    ) throws(ShapeProblem) -> Tensor {
        let first = try matrix(first)
        guard second.rank > 1 else {
            throw ShapeProblem("has a factor of shape \(second.shape)")
        }
        let (a, b) = (first.shape[0], first.shape[1])
        let (c, rest) = (second.shape[0], second.count / second.shape[0])
        let shape = [a, c, b, second.shape[1]] + second.shape.dimensions.dropFirst(2)
        try check(shape, most)
        let product = matmul(first.reshaped([a * b, 1]), second.reshaped([1, c * rest]))
        return product.reshaped([a, b, c, rest]).permuted([0, 2, 1, 3])
            .reshaped([a * c, b * second.shape[1]] + second.shape.dimensions.dropFirst(2))
    }
}
