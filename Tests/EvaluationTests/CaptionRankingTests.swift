import PinxitDatasets
import Testing

@testable import PinxitEvaluation

@Suite struct CaptionRankingTests {
    private func specs(_ count: Int) -> [PictureSpec] {
        (0..<count).map { number in
            PictureSpec(
                layout: .single, parts: [.init(object: "\(number)")], jitter: UInt64(number))
        }
    }

    private func unit(_ place: Int, of count: Int) -> [Float] {
        (0..<count).map { $0 == place ? 1 : 0 }
    }

    @Test func rightCaptionsAreFirst() throws {
        let texts = (0..<20).map { unit($0, of: 20) }
        let ranking = CaptionRanking(specs: specs(20), texts: texts, candidates: 9, seed: 1)
        let found = try #require(ranking.run(.trained, painted: texts, real: texts))
        #expect(found.painted == Proportion(right: 20, count: 20))
        #expect(found.medianRank == 1 && abs(found.chance - 0.1) < 1e-12)
        let wrong = (0..<20).map { unit(($0 + 1) % 20, of: 20) }
        let other = try #require(ranking.run(.trained, painted: wrong, real: texts))
        #expect(other.painted.right == 0)
        #expect(other.real.right == 20)
    }

    /// An embedder that says the same of everything, or nothing at all, is right about nothing.
    @Test(arguments: [Float(1), 0, .nan])
    func tiesAreWrong(value: Float) throws {
        let same = [[Float]](repeating: [value, 0], count: 20)
        let ranking = CaptionRanking(specs: specs(20), texts: same, candidates: 9, seed: 1)
        let found = try #require(ranking.run(.trained, painted: same, real: same))
        #expect(found.painted.right == 0 && found.medianRank == 10)
    }

    /// Captions of equal contents are no wrong answers.
    @Test func equalContentsAreNotOffered() throws {
        var specs = specs(10)
        for index in 1..<9 { specs[index].parts = specs[0].parts }
        let texts = (0..<10).map { unit($0 == 9 ? 1 : 0, of: 2) }
        let ranking = CaptionRanking(specs: specs, texts: texts, candidates: 99, seed: 1)
        let found = try #require(ranking.run(.trained, painted: texts, real: texts))
        #expect(found.painted.right == 10)
    }

    /// One picture for every prompt is right for one prompt in as many as are offered.
    @Test func oneForAllIsAtChance() throws {
        let count = 400
        let texts = (0..<count).map { number -> [Float] in
            let angle = Float(number) / Float(count)
            return [1 - angle, angle]
        }
        let ranking = CaptionRanking(specs: specs(count), texts: texts, candidates: 99, seed: 2)
        let one = [[Float]](repeating: [1, 0], count: count)
        let found = try #require(ranking.run(.heldOut, painted: one, real: texts))
        // One in a hundred of 400 is 4, give or take a few.
        #expect((1...9).contains(found.painted.right), "\(found.painted)")
    }

    @Test func nothingToChooseFromGivesNothing() {
        let ranking = CaptionRanking(specs: specs(1), texts: [[1]], candidates: 9, seed: 1)
        #expect(ranking.run(.trained, painted: [[1]], real: [[1]]) == nil)
    }
}
