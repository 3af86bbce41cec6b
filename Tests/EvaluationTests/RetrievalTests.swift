import PinxitCLIP
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

@testable import PinxitEvaluation

@Suite struct RankingTests {
    private func hits(_ values: [Float], right: Set<Int>, _ ks: [Int]) -> [Double] {
        let ranking = Ranking(values) { right.contains($0) }
        return ks.map { ranking.hit(within: $0) }
    }

    @Test func withoutTiesOnlyTheBestRightOneCounts() {
        #expect(hits([0.9, 0.8, 0.7, 0.1], right: [0], [1, 2]) == [1, 1])
        #expect(hits([0.9, 0.8, 0.7, 0.1], right: [2, 3], [1, 2, 3]) == [0, 0, 1])
    }

    /// All the same: the chance to draw a right one in k draws without putting back.
    @Test func tiesAreBrokenAtRandom() {
        let found = hits([1, 1, 1, 1], right: [1], [1, 2, 4])
        #expect(zip(found, [0.25, 0.5, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
        let several = hits([1, 1, 1, 1], right: [0, 3], [1, 2, 3])
        #expect(zip(several, [0.5, 1 - 1.0 / 6, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(hits([2, 1, 1], right: [1], [1, 2, 3]) == [0, 0.5, 1])
    }
}

@Suite struct BagOfWordsTests {
    @Test func chineseIsCutIntoCharactersAndPairs() {
        #expect(BagOfWords.words("A red apple, on blue.") == ["a", "red", "apple", "on", "blue"])
        #expect(BagOfWords.words("红苹果，蓝") == ["红", "苹", "果", "红苹", "苹果", "蓝"])
    }

    @Test func linearSystemsAreSolved() {
        // A = [[4, 2], [2, 3]], X = [[1, 2], [3, 4]]
        let found = solve([4, 2, 2, 3], [10, 16, 11, 16], rows: 2)
        #expect(zip(found, [1, 2, 3, 4]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    /// Two words, two features: what goes with a word is learnt, whatever else is said.
    @Test func wordsBringTheirFeatures() {
        let pairs = (0..<40).map { index -> (features: [Double], caption: String) in
            let isRed = index % 2 == 0
            return (
                [isRed ? 1 : 0, isRed ? 0 : 1],
                "a \(isRed ? "red" : "blue") \(index % 3 == 0 ? "cat" : "dog")"
            )
        }
        let found = BagOfWords(fitting: pairs).similarities(
            pictures: [[1, 0], [0, 1]], captions: ["a red bird", "a blue cat"])
        #expect(found.values[0] > 0.9 && found.values[3] > 0.9)
        #expect(found.values[1] < 0 && found.values[2] < 0)
    }
}

@Suite struct CaptionRetrievalTests {
    /// A model that has learnt nothing stays near chance; a bag of words does not.
    @Test func newModelsAndBagsOfWords() async throws {
        let library = try Toys.library
        let retrieval = CaptionRetrieval(library: library, count: 100, trainingPictures: 500)
        let vocabulary = ["<|startoftext|>", "<|endoftext|>"]
        let report = try await Engine.run {
            let tokenizer = try CLIPTokenizer(
                vocabulary: (33..<127).map { String(UnicodeScalar(UInt8($0))) } + vocabulary,
                merges: [], modelMaxLength: 16)
            var image = ResidualImageConfiguration()
            (image.imageSize, image.widths, image.blocks, image.width) = (32, [8, 8], [0, 0], 8)
            let model = PinxitCLIPModel(
                ParameterStore(seed: 1, tracked: false).root,
                PinxitCLIPConfiguration(
                    text: CLIPTextConfiguration(
                        vocabularySize: tokenizer.vocabularySize, hiddenSize: 8,
                        intermediateSize: 16, layers: 1, heads: 1, maxPositions: 16,
                        projectionSize: 8, bosID: Int(tokenizer.bosID),
                        eosID: Int(tokenizer.eosID)),
                    image: .residual(image), projectionSize: 8))
            return try retrieval.run(CLIP(model: model, tokenizer: tokenizer))
        }
        #expect(report.rows.count == 12 && report.count == 100)
        for language in CaptionLanguage.allCases {
            for direction in RetrievalReport.Direction.allCases {
                let rows = CaptionRetrieval.ranks.map { report.row(language, direction, $0)! }
                #expect(rows[0].chance >= 0.01 && rows[0].chance < 0.05)
                #expect(rows[2].chance > 5 * rows[0].chance)
                #expect(rows[0].model < rows[0].chance + 0.08)
                #expect(rows[2].words > 2 * rows[2].chance)
                #expect(rows[0].words <= rows[1].words && rows[1].words <= rows[2].words)
            }
        }
        let lines = report.table.split(separator: "\n")
        #expect(lines.count == 13 && lines[0].hasPrefix("language"))
        #expect(report.json(model: "m")["retrieval"]?.kind == "an array")
    }
}
