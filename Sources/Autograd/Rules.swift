import PinxitTensors

/// The gradients of an operation's inputs, given that of its output: one line, or one call, per
/// operation.
///
/// A rule may return a gradient in a broadcast shape; the walk sums it back. An input that is not
/// wanted may get nil.
func rule(for node: Node, _ dy: Tensor, wanted: [Bool]) -> [Tensor?] {
    let inputs = node.inputs.map(\.detached)
    let saved = node.saved
    switch node.operation {
    case .leaf: return []
    case .cast: return [dy]

    // Arithmetic
    case .add: return [dy, dy]
    case .subtract: return [dy, wanted[1] ? -dy : nil]
    case .multiply: return [wanted[0] ? dy * inputs[1] : nil, wanted[1] ? dy * inputs[0] : nil]
    case .divide:
        return [
            wanted[0] ? dy / inputs[1] : nil,
            wanted[1] ? -(dy * inputs[0] / inputs[1].squared) : nil,
        ]
    case .blend(let alpha, let beta):
        return [wanted[0] ? dy * alpha : nil, wanted[1] ? dy * beta : nil]
    case .affine(let alpha): return [dy * alpha]
    case .clamp(let low, let high): return [clampGradient(inputs[0], dy, low, high)]

    // Activations
    case .unary(let function): return [inputs[0].unaryGradient(function, dy)]
    case .softmax: return [softmaxGradient(output: saved[0], dy)]
    case .logSoftmax: return [logSoftmaxGradient(output: saved[0], dy)]
    case .crossEntropy:
        return [crossEntropyGradient(inputs[0], classes: saved[0], logSumExp: saved[1], dy)]
    case .geglu: return [gegluGradient(inputs[0], dy)]
    case .modulate:
        let g = modulateGradients(inputs[0], affine: inputs[1], dy)
        return [g.x, g.affine]

    // Movement and reduction
    case .reshape: return [dy.reshaped(inputs[0].shape)]
    case .permute(let order):
        return [dy.permuted(order.indices.map { order.firstIndex(of: $0)! })]
    case .concatenate(let axis): return concatenateGradients(inputs, dy, axis, wanted)
    case .slice(let axis, let range):
        return [dy.padded(axis: axis, size: inputs[0].shape[axis], at: range.lowerBound)]
    case .translate(let shifts): return [dy.translated(shifts.map { -$0 })]
    case .sum(let outer, let axis, let inner, let scale):
        return [sumGradient(inputs[0], dy, outer, axis, inner, scale)]
    case .upsample2: return [upsample2Gradient(dy, input: inputs[0].shape)]
    case .averagePool2: return [averagePool2Gradient(dy, input: inputs[0].shape)]
    case .resizeNearest: return [resizeNearestGradient(dy, input: inputs[0].shape)]
    case .recomputed: return recomputedGradients(node, dy, wanted)
    case .embedding: return [embeddingGradient(ids: saved[0], dy, table: inputs[0].shape)]

    // Products and convolutions
    case .matmul(let transposeA, let transposeB):
        return matmulGradients(inputs[0], inputs[1], dy, transposeA, transposeB, wanted)
    case .linear: return linearGradients(inputs, dy, wanted)
    case .convolution(let geometry): return convolutionGradients(inputs, dy, geometry, wanted)
    case .transposedConvolution(let geometry):
        return transposedConvolutionGradients(inputs, dy, geometry, wanted)

    // Normalisation and attention
    case .groupNorm(let groups, let silu):
        let g = groupNormGradients(
            inputs[0], dy, groups: groups, gamma: inputs[1], beta: inputs[2], mean: saved[0],
            rstd: saved[1], silu: silu)
        return [g.x, g.gamma, g.beta]
    case .layerNorm:
        let g = layerNormGradients(inputs[0], dy, gamma: inputs[1], mean: saved[0], rstd: saved[1])
        return [g.x, g.gamma, g.beta]
    case .channelScale: preconditionFailure("\(node.operation) has no gradient")
    case .attention(let heads, let scale, let causal):
        let g = attentionGradients(
            inputs[0], inputs[1], inputs[2], output: saved[0], logSumExp: saved[1], dy,
            heads: heads, scale: scale, causal: causal)
        return [g.q, g.k, g.v]
    }
}
