import PinxitTestSupport
import Synchronization
import Testing

@testable import PinxitTensors

/// Weights whose numbers are decoded from fewer bytes when they are read.
@Suite struct DecodedStorageTests {
    private final class Count: Sendable {
        let decodings = Mutex(0)
    }

    /// The same numbers as a tensor of whole ones has, decoded from 8 bits, and how often.
    private func decoded(_ numbers: Tensor) -> (weight: Tensor, count: Count) {
        let (count, elements) = (Count(), numbers.count)
        let source = Tensor(uninitialized: [elements], type: .i8).storage
        let levels = source.pointer.assumingMemoryBound(to: Int8.self)
        for (index, number) in numbers.floats.enumerated() { levels[index] = Int8(number) }
        let storage = Storage(byteCount: elements * 4, decodedFrom: source) { memory in
            count.decodings.withLock { $0 += 1 }
            let levels = source.pointer.assumingMemoryBound(to: Int8.self)
            let floats = memory.assumingMemoryBound(to: Float.self)
            for index in 0..<elements { floats[index] = Float(levels[index]) }
        }
        return (Tensor(storage: storage, shape: numbers.shape, type: .f32), count)
    }

    private func levels(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.count).map { Float($0 * 37 % 255 - 127) }, shape: shape)
    }

    @Test(
        "Products are those of the same numbers, decoded once for each packed form",
        arguments: [ElementType.f32, .bf16])
    func products(_ type: ElementType) async {
        await Engine.run {
            var random = SplitMix64(seed: 3)
            let (x, picture) = (
                random.normal([64, 96]).cast(to: type),
                random.normal([1, 32, 32, 96]).cast(to: type)
            )
            let (matrix, filter) = (levels([128, 96]), levels([128, 96, 3, 3]))
            let (weight, count) = decoded(matrix)
            let (window, windowCount) = decoded(filter)
            let expected = (linear(x, matrix), conv2d(picture, filter))
            for _ in 0..<3 {
                #expect(largestDifference(linear(x, weight), expected.0) == 0)
                #expect(largestDifference(conv2d(picture, window), expected.1) == 0)
            }
            #expect(count.decodings.withLock { $0 } == 1)
            #expect(windowCount.decodings.withLock { $0 } == 1)
            // Nothing but the packed form was kept; what is streamed keeps that neither.
            #expect(weight.floats == matrix.floats)
            window.storage.forgetPacked()
            window.storage.isStreamed = true
            for uses in 2...3 {
                #expect(largestDifference(conv2d(picture, window), expected.1) == 0)
                #expect(windowCount.decodings.withLock { $0 } == uses)
            }
        }
    }

    @Test("Numbers that were changed in place are not decoded anew")
    func changes() async {
        await Engine.run {
            let (weight, count) = decoded(levels([8, 8]))
            weight.overwrite(with: .ones([8, 8]))
            weight.storage.dropPages()
            #expect(weight.floats == Array(repeating: 1, count: 64))
            #expect(count.decodings.withLock { $0 } == 1)
        }
    }
}
