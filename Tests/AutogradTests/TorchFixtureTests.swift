import PinxitAutograd
import PinxitTensors
import PinxitTestSupport
import Testing

/// One operation of `ops.safetensors`: its differentiable inputs by name, and how to compute it.
struct TorchOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [String]
    let function: @Sendable (Fixture, _ test: String, _ x: [Tensor]) -> Tensor
    var testDescription: String { name }

    init(
        _ name: String, _ inputs: [String],
        _ function: @escaping @Sendable (Fixture, String, [Tensor]) -> Tensor
    ) {
        self.name = name
        self.inputs = inputs
        self.function = function
    }

    /// An operation of one input without settings.
    init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
        self.init(name, ["x"]) { _, _, x in function(x[0]) }
    }
}

private func geometry(_ f: Fixture, _ test: String) -> Operation.Convolution {
    .init(
        stride: f.integer("\(test)/stride"), top: f.integer("\(test)/top"),
        left: f.integer("\(test)/left"), bottom: f.integer("\(test)/bottom"),
        right: f.integer("\(test)/right"))
}

private func reduced(_ f: Fixture, _ test: String, _ x: Tensor, mean: Bool) -> Tensor {
    let axes = f.parameter("\(test)/axes")!.split(separator: ",").map { Int($0)! }
    return axes.reversed().reduce(x) { mean ? $0.mean(axis: $1) : $0.sum(axis: $1) }
}

private func normalised(_ f: Fixture, _ test: String, _ x: [Tensor], silu: Bool) -> Tensor {
    groupNorm(
        x[0], groups: f.integer("\(test)/groups"), gamma: x[1], beta: x[2],
        epsilon: f.number("\(test)/eps"), silu: silu)
}

let torchOperations: [TorchOperation] = [
    .init("add", ["a", "b"]) { _, _, x in x[0] + x[1] },
    .init("sub", ["a", "b"]) { _, _, x in x[0] - x[1] },
    .init("mul", ["a", "b"]) { _, _, x in x[0] * x[1] },
    .init("div", ["a", "b"]) { _, _, x in x[0] / x[1] },
    .init("silu") { $0.silu },
    .init("gelu") { $0.gelu },
    .init("quick_gelu") { $0.quickGELU },
    .init("relu") { $0.relu },
    .init("sigmoid") { $0.sigmoid },
    .init("tanh") { $0.tanh },
    .init("softmax") { $0.softmax() },
    .init("log_softmax") { $0.logSoftmax() },
    .init("cross_entropy", ["logits"]) { f, test, x in
        let losses = crossEntropy(x[0], f["\(test)/targets"])
        return f["\(test)/y"].rank == 0 ? losses.mean() : losses
    },
    .init("geglu") { geglu($0) },
    .init("upsample_nearest2x") { $0.upsampled2() },
    .init("pixel_unshuffle") { $0.pixelUnshuffled2() },
    .init("pixel_shuffle") { $0.pixelShuffled2() },
    .init("avg_pool2d") { $0.averagePooled2() },
    .init("sum", ["x"]) { f, test, x in reduced(f, test, x[0], mean: false) },
    .init("mean", ["x"]) { f, test, x in reduced(f, test, x[0], mean: true) },
    .init("concat", ["a", "b"]) { f, test, x in
        concatenate(x, axis: f.integer("\(test)/axis"))
    },
    .init("matmul", ["input", "other"]) { _, test, x in
        matmul(x[0], x[1], transposeB: test == "matmul/transposed")
    },
    .init("linear", ["input", "weight", "bias"]) { _, _, x in
        linear(x[0], x[1], bias: x.count > 2 ? x[2] : nil)
    },
    .init("conv2d", ["x", "weight", "bias"]) { f, test, x in
        conv2d(x[0], x[1], bias: x.count > 2 ? x[2] : nil, geometry(f, test))
    },
    .init("conv_transpose2d", ["x", "weight", "bias"]) { f, test, x in
        transposedConv2d(
            x[0], x[1], bias: x[2],
            .init(stride: f.integer("\(test)/stride"), padding: f.integer("\(test)/padding")))
    },
    .init("group_norm", ["x", "weight", "bias"]) { normalised($0, $1, $2, silu: false) },
    .init("group_norm_silu", ["x", "weight", "bias"]) { normalised($0, $1, $2, silu: true) },
    .init("layer_norm", ["x", "weight", "bias"]) { f, test, x in
        layerNorm(x[0], gamma: x[1], beta: x[2], epsilon: f.number("\(test)/eps"))
    },
    .init("attention", ["q", "k", "v"]) { f, test, x in
        attention(
            x[0], x[1], x[2], heads: f.integer("\(test)/heads"),
            causal: f.integer("\(test)/causal") == 1)
    },
    .init("embedding", ["weight"]) { f, test, x in
        embedding(x[0], f["\(test)/ids"], type: x[0].type)
    },
]

/// Inputs that stay f32 whatever the activations' type, as in a model.
private let parameters: Set = ["weight", "bias"]

/// The largest relative difference of value and gradients of every case of an operation.
@Engine
private func worst(_ operation: TorchOperation, _ type: ElementType) throws -> [(String, Float)] {
    let fixture = try Fixture("ops.safetensors")
    let cases = fixture.cases(of: operation.name)
    precondition(!cases.isEmpty, "no fixture of \(operation.name)")
    // Large logits lose their differences when they are rounded to bf16: nothing to compare.
    let comparable = cases.filter { type == .f32 || !$0.hasSuffix("/large") }
    return comparable.flatMap { test -> [(String, Float)] in
        let names = operation.inputs.filter { fixture.keys.contains("\(test)/\($0)") }
        let leaves = names.map { fixture["\(test)/\($0)"].copy().tracked() }
        let x = zip(names, leaves).map { parameters.contains($0) ? $1 : $1.cast(to: type) }
        let y = operation.function(fixture, test, x)
        let loss = (y.cast(to: .f32) * fixture["\(test)/dy"]).sum()
        let found = gradients(of: loss, withRespectTo: leaves)
        var differences = [
            ("\(test)/y", relativeDifference(y.detached.cast(to: .f32), fixture["\(test)/y"]))
        ]
        // Gradients are sums and differences of terms of dy's size, and rounded as such.
        let scale = fixture["\(test)/dy"].floats.map(\.magnitude).max()!
        for (name, gradient) in zip(names, found) {
            let expected = fixture["\(test)/d_\(name)"]
            differences.append(
                (
                    "\(test)/d_\(name)",
                    gradient.map {
                        min(
                            relativeDifference($0, expected),
                            largestDifference($0, expected) / scale)
                    } ?? .infinity
                ))
        }
        return differences
    }
}

@Test("Values and gradients agree with PyTorch in f32", arguments: torchOperations)
func agreesWithTorch(_ operation: TorchOperation) async throws {
    for (key, difference) in try await worst(operation, .f32) {
        #expect(difference < 1e-4, "\(key): \(difference)")
    }
}

/// In bf16 every input, output and gradient is rounded to 8 bits, by 2^-9 at most. Most meet in the
/// gradient of a quotient's denominator, -dy a / b²: dy, a, twice b, three operations and the sum
/// over the broadcast, whose terms partly cancel.
@Test("Values and gradients agree with PyTorch in bf16", arguments: torchOperations)
func agreesWithTorchInBfloat16(_ operation: TorchOperation) async throws {
    for (key, difference) in try await worst(operation, .bf16) {
        #expect(difference < 10 * 0x1p-9, "\(key): \(difference)")
    }
}

@Test("AdamW and the moving average walk PyTorch's path", arguments: ["decay", "none"])
func adamWAgreesWithTorch(_ test: String) async throws {
    try await Engine.run {
        let f = try Fixture("ops.safetensors")
        let key = "adamw/\(test)"
        let weight = f["\(key)/weight"].copy()
        let average = weight.copy()
        let (m, v) = (Tensor.zeros(weight.shape), Tensor.zeros(weight.shape))
        for step in 1...5 {
            weight.adamW(
                gradient: f["\(key)/gradient_\(step)"], m: m, v: v,
                rate: f.number("\(key)/learning_rate"), beta1: f.number("\(key)/beta1"),
                beta2: f.number("\(key)/beta2"), epsilon: f.number("\(key)/eps"),
                weightDecay: f.number("\(key)/weight_decay"), step: step, gradientScale: 1)
            average.average(towards: weight, decay: f.number("\(key)/average_decay"))
            #expect(relativeDifference(weight, f["\(key)/weight_\(step)"]) < 1e-5)
            #expect(relativeDifference(average, f["\(key)/average_\(step)"]) < 1e-5)
        }
    }
}
