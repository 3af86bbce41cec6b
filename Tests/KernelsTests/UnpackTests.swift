import PinxitKernels
import Testing

extension EveryKernel {
    /// Blocks of packed numbers. That they are ggml's is tested where files of it are read.
    @Suite struct Unpacking {
        static let types: [(px_blocks, elements: Int, bytes: Int)] = [
            (PX_Q4_0, 32, 18), (PX_Q4_1, 32, 20), (PX_Q5_0, 32, 22), (PX_Q5_1, 32, 24),
            (PX_Q8_0, 32, 34), (PX_Q2_K, 256, 84), (PX_Q3_K, 256, 110), (PX_Q4_K, 256, 144),
            (PX_Q5_K, 256, 176), (PX_Q6_K, 256, 210),
        ]

        /// Random bytes, of which those of scales may be any f16.
        private func bytes(_ count: Int) -> [UInt8] {
            var state: UInt32 = 7
            return (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
        }

        @Test("Every path gives the same bits, and writes no further", arguments: types.indices)
        func paths(_ index: Int) {
            let (type, elements, size) = Self.types[index]
            for blocks in [1, 3] {
                // Not aligned.
                let packed = bytes(1 + blocks * size)
                func unpacked() -> [UInt32] {
                    var numbers = [Float](repeating: 7, count: blocks * elements + 1)
                    packed.withUnsafeBytes {
                        px_unpack(type, $0.baseAddress! + 1, &numbers, blocks)
                    }
                    #expect(numbers.last == 7)
                    return numbers.map { $0.isNaN ? .max : $0.bitPattern }
                }
                #expect(px_kernels_select("portable"))
                let expected = unpacked()
                #expect(Set(expected).count > 8)
                onEveryPath { #expect(unpacked() == expected) }
            }
        }

        @Test("Levels of a block are what its bytes say")
        func levels() {
            onEveryPath {
                var numbers = [Float](repeating: 0, count: 32)
                // A scale of 0.5, levels -16 to 15.
                let bytes: [UInt8] = (0..<32).map { UInt8(bitPattern: Int8($0 - 16)) }
                let eights: [UInt8] = [0x00, 0x38] + bytes
                px_unpack(PX_Q8_0, eights, &numbers, 1)
                let centred: [Float] = (0..<32).map { Float($0 - 16) / 2 }
                #expect(numbers == centred)
                // A scale of -2 and a least number of 1; the low halves first.
                let nibbles: [UInt8] = (0..<16).map { $0 | (15 - $0) << 4 }
                let fours: [UInt8] = [0x00, 0xC0, 0x00, 0x3C] + nibbles
                px_unpack(PX_Q4_1, fours, &numbers, 1)
                let levels: [Float] = (0..<32).map { Float($0 < 16 ? $0 : 31 - $0) }
                let scaled: [Float] = levels.map { 1 - 2 * $0 }
                #expect(numbers == scaled)
            }
        }
    }
}
