import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// bf16 multiplied in f32: as near to f32's own result as rounding operands and result to bf16
/// allows, gradients too.
@Suite struct WideningTests {
    /// Operands are exact in bf16, so that the result is rounded, 2^-9, and filters at Winograd's
    /// places, in f16, 2^-11 each. Gradients of weights are f32 and rounded nowhere.
    private static func bound(_ result: Tensor) -> Float { result.type == .f32 ? 1e-5 : 0x1p-8 }

    private func normal(_ random: inout SplitMix64, _ shape: Shape) -> Tensor {
        random.normal(shape).cast(to: .bf16)
    }

    @Test("Products", arguments: [[3, 7, 5], [64, 40, 100], [250, 33, 1030]])
    func products(_ sizes: [Int]) async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let x = normal(&random, [sizes[0], sizes[2]])
            let weight = normal(&random, [sizes[1], sizes[2]])
            let dy = normal(&random, [sizes[0], sizes[1]])
            let bias = random.normal([sizes[1]])
            func results(_ x: Tensor, _ weight: Tensor, _ dy: Tensor) -> [Tensor] {
                let (dw, db) = linearWeightGradient(x, dy, weight: weight.shape, bias: true)
                return [
                    linear(x, weight, bias: bias),
                    linearInputGradient(dy, weight, input: x.shape), dw, db!,
                    matmul(x, weight, transposeB: true),
                ]
            }
            let wide = Widening.using(true) { results(x, weight, dy) }
            let exact = results(x.cast(to: .f32), weight.cast(to: .f32), dy.cast(to: .f32))
            for (found, expected) in zip(wide, exact) {
                #expect(relativeDifference(found.cast(to: .f32), expected) < Self.bound(found))
            }
            #expect(wide[0].type == .bf16 && wide[2].type == .f32)
        }
    }

    @Test(
        "Convolutions, direct and through Winograd's places",
        arguments: [
            [2, 9, 7, 5, 12, 3, 1], [1, 12, 12, 40, 8, 3, 2], [2, 6, 6, 50, 50, 1, 1],
            [2, 32, 32, 96, 100, 3, 1], [1, 61, 67, 96, 96, 3, 1],
        ])
    func convolutions(_ sizes: [Int]) async {
        await Engine.run {
            var random = SplitMix64(seed: 2)
            let (input, output, kernel) = (sizes[3], sizes[4], sizes[5])
            let geometry = Operation.Convolution(stride: sizes[6], padding: kernel / 2)
            let x = normal(&random, [sizes[0], sizes[1], sizes[2], input])
            let weight = normal(&random, [output, input, kernel, kernel])
            let bias = random.normal([output])
            let dy = normal(&random, conv2d(x, weight, geometry).shape)
            func results(_ x: Tensor, _ weight: Tensor, _ dy: Tensor) -> [Tensor] {
                let (dw, db) = conv2dWeightGradient(
                    x, dy, weight: weight.shape, bias: true, geometry)
                return [
                    conv2d(x, weight, bias: bias, geometry),
                    conv2dInputGradient(dy, weight, input: x.shape, geometry), dw, db!,
                ]
            }
            let wide = Widening.using(true) { results(x, weight, dy) }
            let exact = Winograd.using(false) {
                results(x.cast(to: .f32), weight.cast(to: .f32), dy.cast(to: .f32))
            }
            for (found, expected) in zip(wide, exact) {
                #expect(relativeDifference(found.cast(to: .f32), expected) < Self.bound(found))
            }
        }
    }

    @Test("Panels are kept once for all batches, streamed weights not at all")
    func packing() async {
        await Engine.run {
            var random = SplitMix64(seed: 3)
            for kernel in [1, 3] {
                let weight = random.normal([96, 96, kernel, kernel])
                let streamed = weight.copy()
                streamed.storage.isStreamed = true
                let matrix = random.normal([40, 96])
                Widening.using(true) {
                    for batch in [1, 2] {
                        let x = normal(&random, [batch, 24, 24, 96])
                        let geometry = Operation.Convolution(padding: kernel / 2)
                        let y = conv2d(x, weight, geometry)
                        #expect(largestDifference(conv2d(x, streamed, geometry), y) == 0)
                        _ = linear(x, matrix)
                    }
                }
                #expect(weight.storage.packedForms == 1 && matrix.storage.packedForms == 1)
                #expect(streamed.storage.packedForms == 0)
            }
        }
    }
}
