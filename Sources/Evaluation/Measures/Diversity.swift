import PinxitImages

/// Whether a model paints different pictures from different seeds, and for different prompts.
///
/// Distances are root mean squares over 16 x 16 RGB, in levels of 255, between all pairs of
/// pictures of one prompt, and between pictures of different prompts; each beside those of real
/// pictures of the same prompts, which differ in the chances that the prompt leaves open.
public struct Diversity: Sendable, Hashable {
    /// Prompts that were painted with several seeds.
    public var prompts: Int
    /// Pictures of each.
    public var seeds: Int
    /// The mean distance between painted pictures of one prompt.
    public var withinPrompts: Double
    /// The same between real pictures.
    public var realWithinPrompts: Double
    /// The mean distance between painted pictures of different prompts, the first seed of each.
    public var acrossPrompts: Double
    /// The same between real pictures.
    public var realAcrossPrompts: Double

    /// About 1 for a model that varies as real pictures do, near 0 for one that gives each prompt
    /// one picture, above 1 where it is unsure what to paint.
    public var withinRatio: Double { withinPrompts / max(realWithinPrompts, .leastNormalMagnitude) }
    /// About 1 for a model that heeds its prompts, near 0 for one that has collapsed.
    public var acrossRatio: Double { acrossPrompts / max(realAcrossPrompts, .leastNormalMagnitude) }

    /// - Parameters:
    ///   - painted, real: `[prompt][seed]`, two or more seeds each.
    /// - Returns: nil where there is nothing to compare.
    static func measure(painted: [[Picture]], real: [[Picture]]) -> Diversity? {
        guard let seeds = painted.first?.count, painted.count > 1, seeds > 1 else { return nil }
        let (own, others) = distances(painted)
        let (realOwn, realOthers) = distances(real)
        return Diversity(
            prompts: painted.count, seeds: seeds, withinPrompts: own, realWithinPrompts: realOwn,
            acrossPrompts: others, realAcrossPrompts: realOthers)
    }

    private static func distances(_ pictures: [[Picture]]) -> (within: Double, across: Double) {
        let thumbnails = pictures.map { $0.map(Thumbnail.init) }
        var within: [Double] = []
        var across: [Double] = []
        for (i, row) in thumbnails.enumerated() {
            for (a, picture) in row.enumerated() {
                for b in 0..<a { within.append(picture.distance(to: row[b])) }
            }
            // The first of each: all pairs of all would say the same.
            for j in 0..<i { across.append(row[0].distance(to: thumbnails[j][0])) }
        }
        return (mean(within), mean(across))
    }

    private static func mean(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(max(values.count, 1))
    }
}
