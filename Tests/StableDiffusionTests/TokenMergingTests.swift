import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitStableDiffusion

/// Merging tokens and giving each its own place back.
@Suite struct TokenMergingTests {
    @Test("Equal tokens come back unchanged")
    func equalTokensAreNoLoss() async throws {
        try await Engine.run {
            // Every 2x2 pixels alike: each source has a destination equal to it.
            var random = SplitMix64(seed: 1)
            let x = random.normal([2, 4, 4, 8]).resizedNearest(height: 8, width: 8)
            let merge = try #require(TokenMerging(ratio: 0.75).merge(x))
            let tokens = x.reshaped([2, 64, 8])
            let merged = merge.merged(tokens)
            #expect(merged.shape == [2, 16, 8])
            #expect(largestDifference(merge.unmerged(merged), tokens) < 1e-6)
        }
    }

    @Test("Those most alike are merged, by their mean")
    func mostAlikeAreMerged() async throws {
        try await Engine.run {
            // All tokens at right angles but for two that are equal up to their length: one token
            // is merged.
            let count = 4 * 4
            var values = [Float](repeating: 0, count: count * count)
            for token in 0..<count { values[token * count + token] = 1 }
            // Pixels (0, 0) and (0, 1) lie in one 2x2, (0, 2) in the next.
            for other in [1, 2, 4, 5] {
                values[other * count + other] = 0
                values[other * count] = 3
            }
            let x = Tensor(values, shape: [1, 4, 4, count])
            let merge = try #require(TokenMerging(ratio: 0.1).merge(x))
            let back = merge.unmerged(merge.merged(x.reshaped([1, count, count]))).floats
            let changed = (0..<count).filter { token in
                back[token * count..<(token + 1) * count]
                    != values[token * count..<(token + 1) * count]
            }
            // Only tokens along the first axis may have met others.
            #expect(Set(changed).isSubset(of: [0, 1, 2, 4, 5]))
            // Sums are kept: a mean stands for each of its tokens.
            let sum = back.reduce(0, +)
            #expect(abs(sum - values.reduce(0, +)) < 1e-4)
        }
    }

    @Test("Odd maps are left alone")
    func oddMaps() async {
        await Engine.run {
            #expect(TokenMerging(ratio: 0.5).merge(Tensor.zeros([1, 5, 4, 8])) == nil)
        }
    }
}
