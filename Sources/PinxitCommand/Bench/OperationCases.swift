import PinxitTensors

/// One operation at one size, ready to run.
struct OperationCase {
    let name: String
    let sizes: String
    let type: ElementType
    /// Multiplications and additions; nil where memory is what limits.
    let flop: Int?
    /// Read and written at least.
    let bytes: Int
    let run: () -> Void

    /// Numbers of ordinary size; the seed is the shape's.
    static func random(_ shape: Shape, _ type: ElementType) -> Tensor {
        var generator = SplitMix64(seed: UInt64(shape.count))
        return generator.normal(shape).cast(to: type)
    }

    /// Every case, made only when it is its turn, so that memory holds one at a time.
    static func all(_ type: ElementType) -> [() -> OperationCase] {
        convolutions(type) + linears(type) + attentions(type) + norms(type) + rest(type)
    }

    private static func bytes(_ tensors: Tensor...) -> Int {
        tensors.reduce(0) { $0 + $1.byteCount }
    }

    // Batch, side, channels in and out: Stable Diffusion 1.5 with guidance, then our U-Net painting
    // and training.
    private static func convolutions(_ type: ElementType) -> [() -> OperationCase] {
        let sizes = [
            (2, 64, 320, 320), (2, 32, 640, 640), (2, 16, 1280, 1280), (1, 256, 256, 256),
            (2, 16, 64, 64), (2, 8, 128, 128), (64, 16, 64, 64), (64, 8, 128, 128),
        ]
        return sizes.flatMap { batch, side, input, output -> [() -> OperationCase] in
            let label = "\(batch)x\(side)x\(side)x\(input)->\(output)"
            let flop = 2 * batch * side * side * input * output * 9
            let geometry = Operation.Convolution(padding: 1)
            func made(
                _ name: String, _ run: @escaping (Tensor, Tensor, Tensor) -> Void
            ) -> () -> OperationCase {
                {
                    let x = random([batch, side, side, input], type)
                    let weight = random([output, input, 3, 3], .f32)
                    let dy = random([batch, side, side, output], type)
                    return OperationCase(
                        name: name, sizes: label, type: type, flop: flop,
                        bytes: bytes(x, dy) + weight.count * type.size
                    ) { run(x, weight, dy) }
                }
            }
            return [
                made("conv 3x3") { x, weight, _ in _ = conv2d(x, weight, geometry) },
                made("conv 3x3, to input") { x, weight, dy in
                    _ = conv2dInputGradient(dy, weight, input: x.shape, geometry)
                },
                made("conv 3x3, to weight") { x, weight, dy in
                    _ = conv2dWeightGradient(x, dy, weight: weight.shape, bias: true, geometry)
                },
            ]
        }
    }

    // Rows, features in and out.
    private static func linears(_ type: ElementType) -> [() -> OperationCase] {
        let sizes = [
            (8192, 320, 320), (8192, 320, 2560), (2048, 640, 5120), (512, 1280, 1280),
            (128, 128, 1024), (4096, 128, 1024), (4096, 192, 192),
        ]
        return sizes.flatMap { rows, input, output -> [() -> OperationCase] in
            let label = "\(rows)x\(input)->\(output)"
            func made(
                _ name: String, _ run: @escaping (Tensor, Tensor, Tensor) -> Void
            ) -> () -> OperationCase {
                {
                    let x = random([rows, input], type)
                    let weight = random([output, input], .f32)
                    let dy = random([rows, output], type)
                    return OperationCase(
                        name: name, sizes: label, type: type, flop: 2 * rows * input * output,
                        bytes: bytes(x, dy) + weight.count * type.size
                    ) { run(x, weight, dy) }
                }
            }
            return [
                made("linear") { x, weight, _ in _ = linear(x, weight) },
                made("linear, to input") { x, weight, dy in
                    _ = linearInputGradient(dy, weight, input: x.shape)
                },
                made("linear, to weight") { x, weight, dy in
                    _ = linearWeightGradient(x, dy, weight: weight.shape, bias: true)
                },
            ]
        }
    }

    // Batch, queries, keys, width, heads.
    private static func attentions(_ type: ElementType) -> [() -> OperationCase] {
        let sizes = [
            (2, 4096, 4096, 320, 8), (2, 4096, 77, 320, 8), (2, 1024, 1024, 640, 8),
            (2, 64, 64, 128, 4), (2, 64, 32, 128, 4), (64, 64, 64, 128, 4),
        ]
        return sizes.flatMap { batch, queries, keys, width, heads -> [() -> OperationCase] in
            let label = "\(batch)x\(queries)x\(keys)x\(width), \(heads) heads"
            let flop = 4 * batch * queries * keys * width
            func inputs() -> (Tensor, Tensor, Tensor) {
                let k = random([batch, keys, width], type)
                return (
                    random([batch, queries, width], type), k, random([batch, keys, width], type)
                )
            }
            return [
                {
                    let (q, k, v) = inputs()
                    return OperationCase(
                        name: "attention", sizes: label, type: type, flop: flop,
                        bytes: bytes(q, k, v, q)
                    ) { _ = attention(q, k, v, heads: heads) }
                },
                {
                    let (q, k, v) = inputs()
                    let scale = 1 / Float(width / heads).squareRoot()
                    let saved = attention(q.tracked(), k, v, heads: heads).node!.saved
                    return OperationCase(
                        name: "attention, backward", sizes: label, type: type, flop: flop * 5 / 2,
                        bytes: 2 * bytes(q, k, v, q)
                    ) {
                        _ = attentionGradients(
                            q, k, v, output: saved[0], logSumExp: saved[1], q, heads: heads,
                            scale: scale, causal: false)
                    }
                },
            ]
        }
    }

    // Batch, pixels, channels, groups.
    private static func norms(_ type: ElementType) -> [() -> OperationCase] {
        let sizes = [(2, 4096, 320, 32), (2, 1024, 640, 32), (2, 256, 64, 32), (64, 256, 64, 32)]
        return sizes.flatMap { batch, pixels, channels, groups -> [() -> OperationCase] in
            let label = "\(batch)x\(pixels)x\(channels)"
            func made(
                _ name: String, moving count: Int,
                _ prepare: @escaping (Tensor, Tensor, Tensor) -> () -> Void
            ) -> () -> OperationCase {
                {
                    let x = random([batch, pixels, channels], type)
                    let run = prepare(x, Tensor.ones([channels]), Tensor.zeros([channels]))
                    return OperationCase(
                        name: name, sizes: label, type: type, flop: nil,
                        bytes: count * x.byteCount, run: run)
                }
            }
            return [
                made("groupNorm + silu", moving: 2) { x, gamma, beta in
                    {
                        _ = groupNorm(
                            x, groups: groups, gamma: gamma, beta: beta, epsilon: 1e-5, silu: true)
                    }
                },
                made("groupNorm, backward", moving: 3) { x, gamma, beta in
                    let saved = groupNorm(
                        x.tracked(), groups: groups, gamma: gamma, beta: beta, epsilon: 1e-5,
                        silu: true
                    ).node!.saved
                    return {
                        _ = groupNormGradients(
                            x, x, groups: groups, gamma: gamma, beta: beta, mean: saved[0],
                            rstd: saved[1], silu: true)
                    }
                },
                made("layerNorm", moving: 2) { x, gamma, beta in
                    { _ = layerNorm(x, gamma: gamma, beta: beta, epsilon: 1e-5) }
                },
                made("layerNorm, backward", moving: 3) { x, gamma, beta in
                    let saved = layerNorm(x.tracked(), gamma: gamma, beta: beta, epsilon: 1e-5)
                        .node!.saved
                    return {
                        _ = layerNormGradients(x, x, gamma: gamma, mean: saved[0], rstd: saved[1])
                    }
                },
            ]
        }
    }

    private static func rest(_ type: ElementType) -> [() -> OperationCase] {
        [(8192, 1280), (4096, 512)].flatMap { rows, width -> [() -> OperationCase] in
            [
                {
                    let x = random([rows, 2 * width], type)
                    return OperationCase(
                        name: "geglu", sizes: "\(rows)x\(2 * width)", type: type, flop: nil,
                        bytes: x.byteCount * 3 / 2
                    ) { _ = geglu(x) }
                },
                {
                    let x = random([rows, 2 * width], type)
                    let dy = random([rows, width], type)
                    return OperationCase(
                        name: "geglu, backward", sizes: "\(rows)x\(2 * width)", type: type,
                        flop: nil, bytes: 2 * x.byteCount + dy.byteCount
                    ) { _ = gegluGradient(x, dy) }
                },
                {
                    let x = random([32, rows / 32, width], type)
                    let affine = random([32, 2 * width], type)
                    return OperationCase(
                        name: "modulate", sizes: "32x\(rows / 32)x\(width)", type: type,
                        flop: nil, bytes: 2 * x.byteCount
                    ) { _ = modulated(x, by: affine) }
                },
                {
                    let x = random([32, rows / 32, width], type)
                    let affine = random([32, 2 * width], type)
                    return OperationCase(
                        name: "modulate, backward", sizes: "32x\(rows / 32)x\(width)", type: type,
                        flop: nil, bytes: 3 * x.byteCount
                    ) { _ = modulateGradients(x, affine: affine, x) }
                },
                {
                    let x = random([rows, width], type)
                    return OperationCase(
                        name: "softmax", sizes: "\(rows)x\(width)", type: type, flop: nil,
                        bytes: 2 * x.byteCount
                    ) { _ = x.softmax() }
                },
                {
                    let y = random([rows, width], type).softmax()
                    return OperationCase(
                        name: "softmax, backward", sizes: "\(rows)x\(width)", type: type, flop: nil,
                        bytes: 3 * y.byteCount
                    ) { _ = softmaxGradient(output: y, y) }
                },
            ]
        } + crossEntropies(type) + upsamplings(type) + (type == .f32 ? [adamW] : [])
    }

    private static func crossEntropies(_ type: ElementType) -> [() -> OperationCase] {
        let (rows, width) = (2048, 4375)
        let classes = Tensor((0..<rows).map(Int32.init), shape: [rows])
        return [
            {
                let x = random([rows, width], type)
                return OperationCase(
                    name: "cross entropy", sizes: "\(rows)x\(width)", type: type, flop: nil,
                    bytes: x.byteCount
                ) { _ = crossEntropy(x, classes) }
            },
            {
                let x = random([rows, width], type)
                let saved = crossEntropy(x.tracked(), classes).node!.saved
                let dy = Tensor.ones([rows])
                return OperationCase(
                    name: "cross entropy, backward", sizes: "\(rows)x\(width)", type: type,
                    flop: nil, bytes: 2 * x.byteCount
                ) { _ = crossEntropyGradient(x, classes: saved[0], logSumExp: saved[1], dy) }
            },
        ]
    }

    private static func upsamplings(_ type: ElementType) -> [() -> OperationCase] {
        [(2, 32, 640), (64, 8, 128)].flatMap { batch, side, channels -> [() -> OperationCase] in
            let label = "\(batch)x\(side)x\(side)x\(channels)"
            return [
                {
                    let x = random([batch, side, side, channels], type)
                    return OperationCase(
                        name: "upsample", sizes: label, type: type, flop: nil,
                        bytes: 5 * x.byteCount
                    ) { _ = x.upsampled2() }
                },
                {
                    let dy = random([batch, 2 * side, 2 * side, channels], type)
                    let shape: Shape = [batch, side, side, channels]
                    return OperationCase(
                        name: "upsample, backward", sizes: label, type: type, flop: nil,
                        bytes: dy.byteCount * 5 / 4
                    ) { _ = upsample2Gradient(dy, input: shape) }
                },
            ]
        }
    }

    private static func adamW() -> OperationCase {
        let count = 11_000_000
        let (weight, gradient) = (random([count], .f32), random([count], .f32))
        let (m, v) = (Tensor.zeros([count]), Tensor.zeros([count]))
        return OperationCase(
            name: "adamw", sizes: "\(count)", type: .f32, flop: nil, bytes: 7 * weight.byteCount
        ) {
            weight.adamW(
                gradient: gradient, m: m, v: v, rate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
                weightDecay: 0.01, step: 1, gradientScale: 1)
        }
    }
}
