import PinxitAutograd
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

@Suite struct AugmentationTests {
    private func pictures(_ count: Int) -> Tensor {
        var random = SplitMix64(seed: 3)
        return random.normal([count, 16, 16, 3])
    }

    @Test func translationMovesWholePictures() async {
        await Engine.run {
            let x = Tensor((1...2 * 3 * 4).map(Float.init), shape: [2, 3, 4, 1])
            let y = x.translated([.init(down: 1, right: 0), .init(down: 0, right: -2)])
            #expect(
                y.floats == [
                    0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                    15, 16, 0, 0, 19, 20, 0, 0, 23, 24, 0, 0,
                ])
            // Out of the picture altogether.
            let gone = x.translated([.init(down: 5, right: 0), .init(down: 0, right: 4)])
            #expect(gone.floats.allSatisfy { $0 == 0 })
        }
    }

    @Test func translationStaysWithinAnEighth() async {
        await Engine.run {
            let x = Tensor.ones([64, 16, 16, 3])
            var random = SplitMix64(seed: 1)
            let y = Augmentation.translation(x, share: 1, &random)
            let left = y.mean(axis: 3).sum(axis: 2).sum(axis: 1).floats
            #expect(left.allSatisfy { $0 >= 14 * 14 })
            #expect(Set(left).count > 4)
        }
    }

    @Test func cutoutBlanksASquareOfHalfTheSide() async {
        await Engine.run {
            let x = Tensor.ones([64, 16, 16, 3])
            var random = SplitMix64(seed: 1)
            let y = Augmentation.cutout(x, share: 1, &random)
            let blank = y.mean(axis: 3).sum(axis: 2).sum(axis: 1).floats.map { 256 - $0 }
            // Whole, or cut off by an edge: a quarter of it at a corner.
            #expect(blank.allSatisfy { $0 >= 16 && $0 <= 64 })
            #expect(blank.contains(64))
        }
    }

    @Test func colourKeepsRedRed() async {
        await Engine.run {
            let red = Tensor([0.9, -0.8, -0.8] as [Float], shape: [1, 1, 1, 3])
            let x = Tensor.zeros([32, 4, 4, 3]) + red
            var random = SplitMix64(seed: 1)
            let y = Augmentation.colour(x, share: 1, &random)
            let firsts = (0..<32).map { Array(y.floats[$0 * 48..<$0 * 48 + 3]) }
            #expect(firsts.allSatisfy { $0[0] - $0[1] > 1 && abs($0[1] - $0[2]) < 1e-5 })
            #expect(Set(firsts.map { $0[0] }).count == 32)
        }
    }

    @Test(arguments: Augmentation.allCases)
    func gradientsFlowThrough(_ augmentation: Augmentation) async {
        await Engine.run {
            let error = gradientError([pictures(2).sliced(axis: 1, 0..<8).sliced(axis: 2, 0..<8)]) {
                var random = SplitMix64(seed: 5)
                return augmentation($0[0], share: 1, &random).squared.sum()
            }
            #expect(error < 5e-3)
        }
    }

    @Test(arguments: Augmentation.allCases)
    func theSeedDecides(_ augmentation: Augmentation) async {
        await Engine.run {
            let x = pictures(8)
            func drawn(_ seed: UInt64, share: Float = 1) -> Tensor {
                var random = SplitMix64(seed: seed)
                return augmentation(x, share: share, &random)
            }
            #expect(largestDifference(drawn(4), drawn(4)) == 0)
            #expect(largestDifference(drawn(4), drawn(5)) > 0)
            #expect(largestDifference(drawn(4, share: 0), x) < 1e-5)
        }
    }

    @Test func spreadSeesACollapse() async {
        await Engine.run {
            var random = SplitMix64(seed: 1)
            let lively = random.normal([12, 8, 8, 3])
            let real = Spread(of: lively, each: 3)
            // Independent normal numbers differ by √2.
            #expect(abs(real.within - 1.414) < 0.1 && abs(real.across - 1.414) < 0.1)
            #expect(!real.verdict(against: real).contains(";"))
            let one = concatenate(
                (0..<12).map { _ in lively.sliced(axis: 0, 0..<1) }, axis: 0)
            let collapsed = Spread(of: one, each: 3).verdict(against: real)
            #expect(collapsed.contains("collapsed"))
            let deaf = concatenate(
                (0..<12).map { lively.sliced(axis: 0, $0 / 3..<$0 / 3 + 1) }, axis: 0)
            #expect(Spread(of: deaf, each: 3).verdict(against: real).contains("noise"))
        }
    }
}
