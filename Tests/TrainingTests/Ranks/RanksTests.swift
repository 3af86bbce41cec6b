import PinxitAutograd
import PinxitCLIP
import PinxitLayers
import PinxitTensors
import Testing

@testable import PinxitTraining

/// A rank whose others have said beforehand what they say.
private struct Rehearsed: RankTransport {
    /// What all ranks give to a transfer, for the numbers that this one gives.
    let all: @Sendable ([Float]) -> [Float]
    /// What the first brings to all.
    var first = 0.0

    init(first: Double = 0, _ all: @escaping @Sendable ([Float]) -> [Float]) {
        (self.first, self.all) = (first, all)
    }

    func gather(
        _ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer {
        let values = self.all(Array(UnsafeBufferPointer(start: own, count: count)))
        all.update(from: values, count: values.count)
        return nil
    }
    func exchange(
        _ own: UnsafePointer<Float>, into pieces: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer { nil }
    func broadcast(_ values: UnsafeMutablePointer<Float>, count: Int) -> Transfer {
        UnsafeMutableRawPointer(values).storeBytes(of: first, as: Double.self)
        return nil
    }
    func isDone(_ transfer: inout Transfer) -> Bool { true }
    func tell() {}
    var isTold: Bool { false }
}

@Suite struct RanksTests {
    @Test("Parts of a batch follow one another and leave nothing out")
    func parts() {
        let transport = Rehearsed { $0 }
        let parts = (0..<4).map { Ranks(rank: $0, size: 4, transport).part(of: 12) }
        #expect(parts == [0..<3, 3..<6, 6..<9, 9..<12])
        #expect(Ranks.alone.part(of: 5) == 0..<5)
    }

    @Test("Sums are in the order of ranks, in f64 and rounded once")
    func sums() {
        // 1 + 2^-24 + 2^-24 is 1 in f32 in this order, and 1 + 2^-23 when rounded once.
        let ranks = Ranks(rank: 0, size: 3, Rehearsed { _ in [1, 0x1p-24, 0x1p-24] })
        #expect(ranks.sum([1]) == [1 + 0x1p-23])
        #expect(Ranks.alone.mean([0.1, 7]) == [0.1, 7])
        // 5 terms here, 20 in all: the mean over ranks of sums times the share is the mean.
        let two = Ranks(rank: 0, size: 2, Rehearsed { $0 + [15] })
        #expect(two.share(ofCount: 5) == 2.0 / 20)
        #expect(Ranks.alone.share(ofCount: 0) == 1)
    }

    @Test("What fails on one rank fails on all, and one of them tells")
    func failures() throws {
        struct Wrong: Error {}
        let first = Ranks(rank: 0, size: 2, Rehearsed { $0 + [1] })
        #expect(throws: Agreed.self) { try first.together { throw Wrong() } }
        #expect(throws: ToldElsewhere.self) { try first.together { 1 } }
        let second = Ranks(rank: 1, size: 2, Rehearsed { [1] + $0 })
        #expect(throws: ToldElsewhere.self) { try second.together { throw Wrong() } }
        #expect(throws: Wrong.self) {
            try first.toldOnce { try first.together { throw Wrong() } }
        }
        let well = Ranks(rank: 1, size: 2, Rehearsed { [0] + $0 })
        #expect(try well.firstBeforeOthers({ 1 }, others: { 2 }) == 2)
    }

    @Test("A task that is cancelled on one rank is cancelled on all, unless something is wrong")
    func cancellation() {
        let first = Ranks(rank: 0, size: 2, Rehearsed { $0 + [0] })
        #expect(throws: CancellationError.self) { try first.together { throw CancellationError() } }
        let second = Ranks(rank: 1, size: 2, Rehearsed { [2] + $0 })
        #expect(throws: CancellationError.self) { try second.together { 1 } }
        let wrong = Ranks(rank: 0, size: 2, Rehearsed { $0 + [1] })
        #expect(throws: ToldElsewhere.self) { try wrong.together { throw CancellationError() } }
    }

    @Test("Gradients are clipped by the first rank's norm")
    func norm() async throws {
        let (norm, moment) = try await Engine.run {
            var optimisation = OptimisationSettings.benchmark
            optimisation.ranks = Ranks(rank: 1, size: 2, Rehearsed(first: 8) { $0 })
            let store = ParameterStore(seed: 1)
            _ = Linear(store.root, 2, 2, bias: false)
            let optimiser = AdamW(store.parameters, optimisation)
            let norm = try optimiser.update(
                [Tensor([3, 0, 0, 4], shape: [2, 2])], rate: 0.1, step: 0)
            return (norm, optimiser.first[0].floats)
        }
        #expect(norm == 8)
        // The first moment's share of the gradient over 8, of three roundings.
        let share = 1 - OptimisationSettings.benchmark.beta1
        for (found, expected) in zip(moment, [3, 0, 0, 4].map { share * $0 / 8 }) {
            #expect(abs(found - expected) <= 3 * 0x1p-24 * expected)
        }
    }

    @Test("Two ranks' gradients of a loss over the whole batch have its gradient as their mean")
    func contrastive() async {
        await Engine.run {
            var random = SplitMix64(seed: 3)
            let (images, texts) = (random.normal([6, 4]), random.normal([6, 4]))
            let weights = random.normal([4, 4])
            let scale = Tensor([0.7], shape: [1])
            let targets = contrastiveTargets([0, 1, 2, 0, 3, 4])
            func embedded(_ x: Tensor, _ w: Tensor) -> Tensor { normalised(matmul(x, w)) }
            func found(_ ranks: Ranks) -> [[Float]] {
                let leaves = [weights.tracked(), scale.tracked()]
                let rows = ranks.part(of: 6)
                let places = [images, texts].map {
                    ranks.gather(embedded($0.sliced(axis: 0, rows), leaves[0]))
                }
                let loss = contrastiveLoss(
                    images: places[0], texts: places[1], logScale: leaves[1], targets: targets)
                return gradients(of: loss, withRespectTo: leaves).map { $0?.floats ?? [] }
            }
            let whole = found(.alone)
            let all = [images, texts].map { embedded($0, weights).floats }
            let ranks = (0..<2).map { rank in
                Ranks(
                    rank: rank, size: 2,
                    Rehearsed { own in
                        all.min { abs($0[rank * 12] - own[0]) < abs($1[rank * 12] - own[0]) } ?? []
                    })
            }
            let parts = ranks.map(found)
            for (kind, values) in whole.enumerated() {
                for (place, value) in values.enumerated() {
                    let mean = (parts[0][kind][place] + parts[1][kind][place]) / 2
                    // Some hundred terms below 1, in another order.
                    #expect(abs(mean - value) < 200 * 0x1p-24, "\(kind), \(place)")
                }
            }
        }
    }

    @Test("The moments of latents are those of all ranks' latents")
    func moments() async {
        await Engine.run {
            var random = SplitMix64(seed: 4)
            let latents = random.normal([4, 2, 2, 2]) * 1.5 + 0.3
            let leaf = latents.tracked()
            let loss = latentMomentsLoss(leaf)
            let whole = gradients(of: loss, withRespectTo: [leaf])[0]?.floats ?? []
            // First the means are gathered, then the variances about the mean of both.
            let halves = (0..<2).map { latents.sliced(axis: 0, 2 * $0..<2 * $0 + 2) }
            let mean = latents.reshaped([-1, 2]).mean(axis: 0)
            let said = halves.map { half -> [[Float]] in
                let z = half.reshaped([-1, 2])
                return [z.mean(axis: 0).floats, (z - mean).squared.mean(axis: 0).floats]
            }
            for rank in 0..<2 {
                let ranks = Ranks(
                    rank: rank, size: 2,
                    Rehearsed { own in
                        let kind = said[rank][0] == own ? 0 : 1
                        return said[0][kind] + said[1][kind]
                    })
                let own = halves[rank].tracked()
                let part = latentMomentsLoss(own, ranks)
                #expect(abs(part.item - loss.item) < 32 * 0x1p-24)
                let found = gradients(of: part, withRespectTo: [own])[0]?.floats ?? []
                // The rank's mean is over half as many, and the mean over ranks halves it again.
                for (place, value) in found.enumerated() {
                    #expect(abs(value / 2 - whole[rank * 16 + place]) < 32 * 0x1p-24)
                }
            }
        }
    }
}
