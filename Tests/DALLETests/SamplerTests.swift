import Foundation
import PinxitDALLE
import PinxitTensors
import Testing

/// Draws of tokens, against the probabilities they are drawn with.
@Suite struct SamplerTests {
    private static let logits: [Float] = [1.2, -0.3, 2.0, 0.4, -1.5, 0.0]

    /// Counts of 20,000 draws.
    private func counts(_ sampler: TokenSampler) async -> [Double] {
        await Engine.run {
            let rows = 20_000
            let logits = Tensor(
                (0..<rows).flatMap { _ in Self.logits }, shape: [rows, Self.logits.count])
            var random = (0..<rows).map { SplitMix64(seed: 17, index: $0) }
            var counts = [Double](repeating: 0, count: Self.logits.count)
            for token in sampler(logits, &random) { counts[Int(token)] += 1 }
            return counts
        }
    }

    private func shares(temperature: Double, of tokens: [Int]) -> [Double] {
        let all = tokens.map { exp(Double(Self.logits[$0]) / temperature) }
        return all.map { $0 / all.reduce(0, +) }
    }

    /// Pearson's statistic must stay below what chance exceeds once in a thousand times.
    private func expectFit(_ counts: [Double], _ tokens: [Int], _ temperature: Double) {
        let limits = [1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52]
        let total = counts.reduce(0, +)
        let expected = shares(temperature: temperature, of: tokens).map { $0 * total }
        let statistic = zip(tokens, expected).reduce(0.0) {
            $0 + (counts[$1.0] - $1.1) * (counts[$1.0] - $1.1) / $1.1
        }
        #expect(statistic < limits[tokens.count - 1]!, "\(counts), expected \(expected)")
        #expect(
            tokens.reduce(0.0) { $0 + counts[$1] } == total, "a token that was left out is drawn")
    }

    @Test(arguments: [1.0, 0.5, 2.0])
    func temperatureFlattensOrSharpens(_ temperature: Double) async {
        let counts = await counts(TokenSampler(temperature: Float(temperature)))
        expectFit(counts, Array(0..<6), temperature)
    }

    @Test("The k likeliest keep their proportions")
    func topK() async {
        expectFit(await counts(TokenSampler(topK: 3)), [2, 0, 3], 1)
    }

    // Probabilities in order: .52 (2), .23 (0), .11 (3), .07 (5), .05 (1), .02 (4).
    @Test(
        "The fewest that reach p are kept",
        arguments: [(0.45, [2]), (0.7, [2, 0]), (0.8, [2, 0, 3])])
    func topP(_ p: Double, _ tokens: [Int]) async {
        let counts = await counts(TokenSampler(topP: Float(p)))
        guard tokens.count > 1 else {
            #expect(counts[tokens[0]] == counts.reduce(0, +))
            return
        }
        expectFit(counts, tokens, 1)
    }

    @Test(arguments: [0, 1e-30] as [Float])
    func temperatureZeroTakesTheLikeliest(_ temperature: Float) async {
        #expect(await counts(TokenSampler(temperature: temperature))[2] == 20_000)
    }

    @Test(
        "Logits that are no numbers give some token, as they are told of elsewhere",
        arguments: [
            TokenSampler(), TokenSampler(topK: 3), TokenSampler(topP: 0.5),
            TokenSampler(temperature: 0),
        ])
    func logitsThatAreNoNumbers(_ sampler: TokenSampler) async {
        let tokens = await Engine.run {
            var random = [SplitMix64(seed: 1, index: 0)]
            return sampler(Tensor([Float](repeating: .nan, count: 6), shape: [1, 6]), &random)
        }
        #expect((0..<6).contains(tokens[0]))
    }
}
