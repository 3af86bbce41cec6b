import Testing

@testable import PinxitEvaluation

/// Figures of a few vectors, by hand.
@Suite struct CaptionFigureTests {
    private let texts: [[Float]] = [[1, 0], [0, 1], [0.6, 0.8]]
    private let captions = ["one", "two", "three"]

    @Test("CLIP scores are hundred cosines, their mean and its error")
    func scores() throws {
        let scores = try #require(
            CaptionScores.measure(
                painted: [[1, 0], [0, 1], [1, 0]], real: texts, texts: texts, captions: captions))
        #expect(abs(scores.painted.value - (100 + 100 + 60) / 3) < 1e-4)
        #expect(abs(scores.painted.deviation - 23.094) < 1e-3)
        #expect(abs(scores.painted.margin - 26.133) < 1e-3)
        #expect(abs(scores.real.value - 100) < 1e-4)
        // Of the first (0, 60), of the second (0, 80), of the third (100, 0).
        #expect(abs(try #require(scores.others).value - (30 + 40 + 50) / 3) < 1e-4)
        #expect(
            CaptionScores.measure(
                painted: [[1, 0]], real: [[1, 0]], texts: [[1, 0]], captions: ["one"]) == nil)
    }

    @Test("Captions are found by their nearness, among those that differ, and ties by chance")
    func recall() {
        let found = CaptionRecall.measure(
            painted: [[1, 0], [1, 0], [0.6, 0.8]], real: texts, texts: texts, captions: captions,
            ranks: [1, 2, 3])
        #expect(found.map(\.rank) == [1, 2])
        #expect(abs(found[0].painted - 2.0 / 3) < 1e-9 && found[0].real == 1)
        #expect(abs(found[0].chance - 1.0 / 3) < 1e-9 && abs(found[1].chance - 2.0 / 3) < 1e-9)
        let twice = CaptionRecall.measure(
            painted: [[1, 0], [1, 0], [0.6, 0.8]], real: texts, texts: texts,
            captions: ["one", "one", "three"], ranks: [1])
        #expect(twice[0].painted == 1 && twice[0].chance == 0.5 && twice[0].captions == 2)
        let tied = CaptionRecall.measure(
            painted: [[0, 0], [0, 0]], real: [[1, 0], [0, 1]], texts: [[1, 0], [0, 1]],
            captions: ["one", "two"], ranks: [1])
        #expect(tied[0].painted == 0.5 && tied[0].real == 1)
    }
}
