import PinxitAutograd
import PinxitTensors
import Testing

/// Small random numbers, away from the kinks of relu and abs.
private func sample(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
        (0..<shape.count).map { _ in
            let x = 2 * random.uniform() - 1
            return x + (x < 0 ? -0.1 : 0.1)
        }, shape: shape)
}

/// A scalar that weighs every element differently, so that no gradient can be wrong unnoticed.
private func weighed(_ y: Tensor) -> Tensor {
    var random = SplitMix64(seed: 99)
    let weights = Tensor((0..<y.count).map { _ in random.uniform() + 0.5 }, shape: y.shape)
    return (y * weights).sum()
}

struct GradientCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [Shape]
    let function: @Sendable ([Tensor]) -> Tensor
    var testDescription: String { name }
}

private let padded = Operation.Convolution(stride: 1, padding: 1)

let gradientCases: [GradientCase] = [
    .init(name: "add, broadcast", shapes: [[2, 3], [3]]) { $0[0] + $0[1] },
    .init(name: "subtract, broadcast", shapes: [[2, 1, 3], [2, 4, 1]]) { $0[0] - $0[1] },
    .init(name: "multiply, broadcast", shapes: [[2, 3, 4], [2, 1, 4]]) { $0[0] * $0[1] },
    .init(name: "divide", shapes: [[2, 3], [2, 3]]) { $0[0] / ($0[1].squared + 1) },
    .init(name: "affine and blend", shapes: [[5], [5]]) { blend(0.3, $0[0] * 2 - 1, -0.7, -$0[1]) },
    .init(name: "clamp", shapes: [[7]]) { $0[0].clamped(-0.5, 0.55) },
    .init(name: "softmax", shapes: [[3, 5]]) { $0[0].softmax() },
    .init(name: "log softmax", shapes: [[3, 5]]) { $0[0].logSoftmax() },
    .init(name: "cross entropy", shapes: [[2, 3, 5]]) {
        crossEntropy($0[0], Tensor([0, 4, 2, 2, 1, 3] as [Int32], shape: [2, 3]))
    },
    .init(name: "pixel shuffles", shapes: [[1, 2, 4, 8]]) {
        $0[0].pixelShuffled2().squared.pixelUnshuffled2() * $0[0]
    },
    .init(name: "geglu", shapes: [[3, 8]]) { geglu($0[0]) },
    .init(name: "modulate", shapes: [[2, 3, 5], [2, 10]]) { modulated($0[0], by: $0[1]) },
    .init(name: "permute", shapes: [[2, 3, 4]]) { $0[0].permuted([2, 0, 1]) },
    .init(name: "concatenate and slice", shapes: [[2, 3], [2, 2]]) {
        concatenate([$0[0], $0[1]], axis: 1).sliced(axis: 1, 1..<4)
    },
    .init(name: "slice of the first axis", shapes: [[4, 3]]) { $0[0].sliced(axis: 0, 1..<3) },
    .init(name: "translate", shapes: [[3, 3, 4, 2]]) {
        $0[0].translated([
            .init(down: 1, right: -2), .init(down: 0, right: 3), .init(down: -2, right: 0),
        ])
    },
    .init(name: "softplus", shapes: [[6]]) { softplus($0[0] * 3) },
    .init(name: "sum and mean", shapes: [[2, 3, 4]]) { $0[0].sum(axis: 1) * $0[0].mean(axis: 1) },
    .init(name: "upsample", shapes: [[1, 2, 3, 2]]) { $0[0].upsampled2() },
    .init(name: "resize", shapes: [[1, 2, 3, 2]]) { $0[0].resizedNearest(height: 5, width: 4) },
    .init(name: "average pool", shapes: [[1, 4, 2, 3]]) { $0[0].averagePooled2() },
    .init(
        name: "computed again, of what is computed outside and of a leaf", shapes: [[2, 3], [3]]
    ) { given in
        let outside = given[0].squared
        let once = recomputed { (outside * given[1]).tanh + given[1] }
        return once * outside + recomputed { once }
    },
    .init(name: "computed again within what is computed again", shapes: [[2, 3], [3]]) { given in
        recomputed {
            let inner = recomputed { (given[0] * given[1]).squared }
            return inner * given[1]
        }
    },
    .init(name: "embedding", shapes: [[5, 3]]) {
        embedding($0[0], Tensor([1, 4, 1, 0] as [Int32]))
    },
    .init(name: "matmul", shapes: [[2, 3, 4], [2, 4, 5]]) { matmul($0[0], $0[1]) },
    .init(name: "matmul, a transposed", shapes: [[4, 3], [4, 5]]) {
        matmul($0[0], $0[1], transposeA: true)
    },
    .init(name: "matmul, b transposed", shapes: [[2, 3, 4], [2, 5, 4]]) {
        matmul($0[0], $0[1], transposeB: true)
    },
    .init(name: "matmul, both transposed", shapes: [[4, 3], [5, 4]]) {
        matmul($0[0], $0[1], transposeA: true, transposeB: true)
    },
    .init(name: "linear", shapes: [[2, 3, 4], [5, 4], [5]]) { linear($0[0], $0[1], bias: $0[2]) },
    .init(name: "convolution", shapes: [[2, 4, 3, 2], [3, 2, 3, 3], [3]]) {
        conv2d($0[0], $0[1], bias: $0[2], padded)
    },
    .init(
        name: "convolution, stride 2, padded below and right",
        shapes: [[1, 4, 4, 2], [2, 2, 3, 3]]
    ) {
        conv2d($0[0], $0[1], .init(stride: 2, top: 0, left: 0, bottom: 1, right: 1))
    },
    .init(name: "transposed convolution", shapes: [[1, 3, 2, 2], [2, 3, 4, 4], [3]]) {
        transposedConv2d($0[0], $0[1], bias: $0[2], .init(stride: 2, padding: 1))
    },
    .init(name: "group norm", shapes: [[2, 3, 6], [6], [6]]) {
        groupNorm($0[0], groups: 2, gamma: $0[1], beta: $0[2], epsilon: 1e-5)
    },
    .init(name: "group norm with SiLU", shapes: [[2, 3, 6], [6], [6]]) {
        groupNorm($0[0], groups: 3, gamma: $0[1], beta: $0[2], epsilon: 1e-5, silu: true)
    },
    .init(name: "layer norm", shapes: [[3, 5], [5], [5]]) {
        layerNorm($0[0], gamma: $0[1], beta: $0[2], epsilon: 1e-5)
    },
    .init(name: "attention", shapes: [[2, 3, 4], [2, 5, 4], [2, 5, 4]]) {
        attention($0[0], $0[1], $0[2], heads: 2)
    },
    .init(name: "causal attention", shapes: [[1, 4, 6], [1, 4, 6], [1, 4, 6]]) {
        attention($0[0], $0[1], $0[2], heads: 3, causal: true)
    },
]

@Test("The tape agrees with finite differences", arguments: gradientCases)
func finiteDifferences(_ test: GradientCase) async throws {
    let error = await Engine.run {
        let inputs = test.shapes.enumerated().map { sample($1, UInt64($0 + 1)) }
        return gradientError(inputs) { weighed(test.function($0)) }
    }
    // Central differences at 1e-2 in f32: curvature and rounding each leave about 1e-3.
    #expect(error < 5e-3)
}

@Test("What compares gradients sees those that are wrong, and those that are no numbers")
func finiteDifferencesSee() async throws {
    let (right, halved, odd) = await Engine.run {
        let x = sample([5], 3)
        func error(_ function: ([Tensor]) -> Tensor) -> Float { gradientError([x], function) }
        return (
            error { weighed($0[0].squared) },
            // The tape holds half of it.
            error { weighed($0[0].squared * 0.5 + $0[0].detached.squared * 0.5) },
            error { weighed(($0[0] * 0).sqrt) }
        )
    }
    #expect(right < 5e-3 && halved > 0.3 && odd == .infinity)
}

@Test("Elementwise functions agree with finite differences", arguments: Operation.Unary.allCases)
func unaryFiniteDifferences(_ function: Operation.Unary) async throws {
    let error = await Engine.run {
        let positive = [Operation.Unary.log, .sqrt, .reciprocal].contains(function)
        let x = sample([9], 4)
        return gradientError([positive ? x.abs + 0.5 : x]) { weighed($0[0].unary(function)) }
    }
    #expect(error < 5e-3)
}

@Test("A target the loss does not depend on has no gradient")
func unrelatedTarget() async {
    let found = await Engine.run {
        let a = Tensor([1, 2]).tracked()
        let b = Tensor([3, 4]).tracked()
        return gradients(of: (a * a).sum(), withRespectTo: [a, b]).map { $0?.floats }
    }
    #expect(found[0] == [2, 4])
    #expect(found[1] == nil)
}

@Test("A tensor used twice gets both gradients, and inference records nothing")
func reuse() async {
    let (gradient, recorded) = await Engine.run {
        let x = Tensor([2, 3]).tracked()
        let y = (x * x + x).sum()
        return (gradients(of: y, withRespectTo: [x])[0]!.floats, (x.detached * 2).isTracked)
    }
    #expect(gradient == [5, 7])
    #expect(!recorded)
}

@Test("Gradients are told of once, when they are whole, before the walk is done")
func toldGradients() async {
    await Engine.run {
        let (first, last) = (sample([3], 1).tracked(), sample([3], 2).tracked())
        let unused = sample([3], 3).tracked()
        // The first is used early and late, the last one late only.
        let y = (first * 2).silu
        let loss = (y * first + last).squared.sum()
        var told: [(Int, [Float])] = []
        let found = gradients(of: loss, withRespectTo: [first, last, unused]) {
            told.append(($0, $1.floats))
        }
        #expect(told.map(\.0) == [1, 0])
        #expect(told.map(\.1) == [found[1]?.floats, found[0]?.floats])
    }
}

@Test("bf16 gradients agree with f32 within the type's precision")
func bfloat16Gradients() async {
    let error = await Engine.run {
        let x = sample([4, 6, 6, 16], 1)
        let w = sample([16, 16, 3, 3], 2) * 0.1
        func gradient(_ type: ElementType) -> [[Float]] {
            let (x, w) = (x.tracked(), w.tracked())
            let y = conv2d(x.cast(to: type), w, padded).silu.cast(to: .f32)
            return gradients(of: weighed(y), withRespectTo: [x, w]).map { $0!.floats }
        }
        return zip(gradient(.bf16), gradient(.f32)).map { narrow, wide in
            let scale = wide.map(\.magnitude).max()!
            let all = zip(narrow, wide).map { ($0 - $1).magnitude / scale }
            return all.contains(where: \.isNaN) ? .infinity : all.max()!
        }
    }
    // Inputs, weights, activations and gradients are each rounded to 8 bits: a few 2^-8 of the
    // largest value.
    #expect(error.allSatisfy { $0 < 4.0 / 256 })
}
