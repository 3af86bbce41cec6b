import PinxitDatasets
import PinxitTensors

/// How far two sets of pictures lie apart: the statistic of the kernel inception distance
/// (Bińkowski et al. 2018, equation 4), an unbiased estimate of the squared maximum mean
/// discrepancy under k(x, y) = (x·y / d + 1)³.
///
/// The features are an embedder's rows of length one, scaled to mean square one, so that x·y / d is
/// their cosine. Figures can be compared where the embedder is the same, and with no other KID.
/// Zero is what two samples of one distribution give on average, so single estimates fall below
/// zero.
public struct KernelDistance: Sendable, Hashable {
    /// Mean over subsets.
    public var mean: Double
    /// Standard deviation between subsets.
    public var deviation: Double
    /// How often it was estimated.
    public var subsets: Int
    /// Pictures in a subset, of either set.
    public var size: Int

    /// - Parameters:
    ///   - x, y: rows of length one.
    ///   - arePaired: whether row i of both belongs to the same prompt. A subset then takes other
    ///     prompts from `x` than from `y`, since the estimate needs independent samples.
    /// - Returns: nil for fewer than two rows a set.
    static func between(
        _ x: [[Float]], _ y: [[Float]], arePaired: Bool, settings: KernelDistanceSettings,
        seed: UInt64
    ) -> KernelDistance? {
        let most = arePaired ? min(x.count, y.count) / 2 : min(x.count, y.count)
        let size = min(settings.size, most)
        guard size > 1 else { return nil }
        let estimates = inParallel(settings.subsets) { subset in
            var random = SplitMix64(seed: seed, index: subset)
            let first = random.shuffled(Array(x.indices))
            let second = arePaired ? Array(first[size...]) : random.shuffled(Array(y.indices))
            return estimate(first.prefix(size).map { x[$0] }, second.prefix(size).map { y[$0] })
        }
        let mean = estimates.reduce(0, +) / Double(estimates.count)
        let squares = estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(max(estimates.count - 1, 1))).squareRoot()
        return KernelDistance(
            mean: mean, deviation: deviation, subsets: settings.subsets, size: size)
    }

    /// The unbiased estimate from two sets of as many rows of length one.
    static func estimate(_ x: [[Float]], _ y: [[Float]]) -> Double {
        precondition(x.count == y.count && x.count > 1, "\(x.count) and \(y.count) rows")
        let count = Double(x.count)
        func within(_ rows: [[Float]]) -> Double {
            var sum = 0.0
            for i in rows.indices { for j in 0..<i { sum += kernel(rows[i], rows[j]) } }
            return 2 * sum / (count * (count - 1))
        }
        var cross = 0.0
        for a in x { for b in y { cross += kernel(a, b) } }
        return within(x) + within(y) - 2 * cross / (count * count)
    }

    private static func kernel(_ a: [Float], _ b: [Float]) -> Double {
        let base = Double(cosine(a, b)) + 1
        return base * base * base
    }
}

/// How often and with how many pictures a ``KernelDistance`` is estimated.
public struct KernelDistanceSettings: Sendable, Hashable {
    /// Estimates, each from other pictures; 1 to 10 000.
    public var subsets = 100
    /// Pictures of either set in an estimate, 2 to 10 000; fewer where there are fewer.
    public var size = 100

    /// A hundred estimates from a hundred pictures each.
    public init() {}
}
