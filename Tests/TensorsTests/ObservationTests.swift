import PinxitTestSupport
import Testing

@testable import PinxitTensors

/// What an observer is told: each operation once, however it is computed.
@Suite struct ObservationTests {
    private final class Counter: OperationObserver {
        var kinds: [Operation.Kind] = []
        var flop = 0

        func finished(_ operation: Operation, inputs: [Tensor], output: Tensor) {
            kinds.append(operation.kind(inputs))
            flop += operation.flop(inputs, output: output)
        }
    }

    @Test(
        "Products and convolutions are one operation, as dot products, widened and in 8 bits",
        arguments: [ElementType.f32, .bf16],
        [(widened: false, levels: false), (true, false), (true, true)])
    func eachOnce(_ type: ElementType, _ way: (widened: Bool, levels: Bool)) async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let x = random.normal([2, 12, 12, 40]).cast(to: type)
            let bias = random.normal([50])
            // Halves are converted when they are packed.
            let matrix = random.normal([50, 40]).cast(to: .f16)
            let kernel = random.normal([50, 40, 3, 3]).cast(to: .f16)
            let turned = random.normal([40, 50, 2, 2]).cast(to: .f16)
            for weight in [matrix, kernel] { weight.storage.isQuantisable = true }
            let other = random.normal([2, 12, 40, 30]).cast(to: type)
            let padding = Operation.Convolution(padding: 1)
            let counter = Counter()
            Widening.using(way.widened) {
                Quantisation.widening(way.widened) {
                    Quantisation.using(way.levels) {
                        Engine.observed(by: counter) {
                            _ = linear(x, matrix, bias: bias)
                            _ = matmul(x, other)
                            _ = conv2d(x, kernel, bias: bias, padding)
                            _ = transposedConv2d(x, turned, bias: bias, .init(stride: 2))
                        }
                    }
                }
            }
            #expect(counter.kinds == [.product, .product, .convolution3, .convolution])
            let pixels = 2 * 12 * 12
            let multiplications = 40 * 50 + 40 * 30 + 9 * 40 * 50 + 4 * 40 * 50
            #expect(counter.flop == 2 * pixels * multiplications)
        }
    }

    @Test("What runs inside an operation is not told, what follows is")
    func unobserved() async {
        await Engine.run {
            let counter = Counter()
            let x = Tensor.ones([3])
            Engine.observed(by: counter) {
                Engine.unobserved { _ = x + x }
                #expect(counter.kinds.isEmpty)
                _ = x + x
            }
            #expect(counter.kinds == [.elementwise])
        }
    }
}
