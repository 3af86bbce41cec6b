import PinxitTestSupport
import Synchronization
import Testing

@testable import PinxitTensors

/// Packed weights that come from where an earlier process laid them.
@Suite struct PackedShelfTests {
    /// A shelf in memory, which counts what is taken from it.
    private final class Shelf: PackedShelf, @unchecked Sendable {
        let collects: Bool
        private let stored: [String: Storage]
        private let new = Mutex<[String: Storage]>([:])
        let taken = Mutex(0)

        init(collects: Bool, _ stored: [String: Storage] = [:]) {
            (self.collects, self.stored) = (collects, stored)
        }

        var made: [String: Storage] { new.withLock { $0 } }

        func found(_ key: String, byteCount: Int) -> Storage? {
            guard let storage = stored[key], storage.byteCount == byteCount else { return nil }
            taken.withLock { $0 += 1 }
            return storage
        }

        func made(_ key: String, _ packed: Storage) { new.withLock { $0[key] = packed } }
    }

    private struct Weights {
        var random = SplitMix64(seed: 6)
        lazy var x = random.normal([1, 16, 16, 96])
        lazy var filter = random.normal([128, 96, 3, 3])
        lazy var matrix = random.normal([64, 128])

        /// A convolution and a product, with weights that nothing was made of yet.
        mutating func run(_ type: ElementType, _ shelf: Shelf?) -> Tensor {
            let (filter, matrix) = (filter.copy(), matrix.copy())
            for (weight, name) in [(filter, "filter"), (matrix, "matrix")] {
                weight.storage.isQuantisable = true
                if let shelf { weight.storage.put(on: shelf, as: name) }
            }
            return linear(conv2d(x.cast(to: type), filter), matrix)
        }
    }

    @Test(
        "What was packed before is used, and gives the same numbers",
        arguments: [ElementType.f32, .bf16], [false, true])
    func usesWhatLiesThere(_ type: ElementType, inLevels: Bool) async {
        await Engine.run {
            Quantisation.using(inLevels) {
                var weights = Weights()
                let plain = weights.run(type, nil)
                let making = Shelf(collects: true)
                // What passes is kept for a shelf that collects.
                let first = PackedWeights.usedOnce(true) { weights.run(type, making) }
                #expect(largestDifference(first, plain) == 0)
                let full = Shelf(collects: false, making.made)
                #expect(largestDifference(weights.run(type, full), plain) == 0)
                #expect(full.taken.withLock { $0 } == making.made.count)
                let once = PackedWeights.usedOnce(true) { weights.run(type, full) }
                #expect(largestDifference(once, plain) == 0)
            }
        }
    }

    @Test("Changed weights and weights of other names take nothing from it")
    func changesAreSeen() async {
        await Engine.run {
            var random = SplitMix64(seed: 7)
            let (x, old, new) = (
                random.normal([64, 96]), random.normal([128, 96]), random.normal([128, 96])
            )
            let making = Shelf(collects: true)
            old.storage.put(on: making, as: "weight")
            _ = linear(x.cast(to: .bf16), old)
            let full = Shelf(collects: false, making.made)
            let changed = old.copy()
            changed.storage.put(on: full, as: "weight")
            changed.overwrite(with: new)
            let other = new.copy()
            other.storage.put(on: full, as: "another")
            let expected = linear(x.cast(to: .bf16), new)
            #expect(largestDifference(linear(x.cast(to: .bf16), changed), expected) == 0)
            #expect(largestDifference(linear(x.cast(to: .bf16), other), expected) == 0)
            #expect(full.taken.withLock { $0 } == 0)
        }
    }
}
