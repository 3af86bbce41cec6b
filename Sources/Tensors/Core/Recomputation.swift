/// What `body` computes, keeping nothing of what it computed on the way: `body` runs once more when
/// gradients are asked for (Chen et al. 2016). Memory becomes less, and a step longer by `body`.
///
/// - Parameter body: Gives the same each time. What it takes from outside may be tracked.
public func recomputed(_ body: @escaping () -> Tensor) -> Tensor {
    let before = Node.lastNumber
    let result = body()
    guard let node = result.node, node.number > before else { return result }
    var forgetful = result
    forgetful.node = Node(
        .recomputed, inputs: node.inputs(before: before), saved: [], shape: result.shape,
        type: result.type, again: body)
    return forgetful
}

extension Node {
    /// The tensors that this one was computed from and that were there before the node of a number,
    /// each once.
    fileprivate func inputs(before number: UInt64) -> [Tensor] {
        var found: [Tensor] = []
        var seen: Set<UInt64> = []
        var stack = [self]
        while let node = stack.popLast() {
            for input in node.inputs {
                guard let origin = input.node, seen.insert(origin.number).inserted else { continue }
                if origin.number > number { stack.append(origin) } else { found.append(input) }
            }
        }
        return found
    }
}

extension Operation {
    /// Whether its gradient rule reads an input's elements, and not only its shape and type.
    ///
    /// - Parameter tracked: Of which inputs gradients may be asked for.
    func readsInput(_ index: Int, tracked: [Bool]) -> Bool {
        switch self {
        case .leaf, .cast, .add, .subtract, .blend, .affine, .reshape, .permute, .concatenate,
            .slice, .translate, .sum, .upsample2, .averagePool2, .resizeNearest, .softmax,
            .logSoftmax, .embedding, .recomputed:
            false
        case .multiply, .matmul: tracked[1 - index]
        case .divide: index == 1 || tracked[1]
        case .linear, .convolution, .transposedConvolution:
            // The gradients of weight and bias are computed together.
            index == 0 ? tracked.dropFirst().contains(true) : index == 1 && tracked[0]
        case .unary, .clamp, .crossEntropy, .geglu, .modulate, .groupNorm, .layerNorm,
            .channelScale, .attention:
            true
        }
    }
}
