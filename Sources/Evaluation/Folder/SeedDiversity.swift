/// Whether a model paints different pictures from different seeds, and for different captions,
/// beside how much real pictures differ.
public struct SeedDiversity: Sendable, Hashable {
    /// What distances are measured in.
    public var space: Memorisation.Space
    /// Prompts that were painted with several seeds.
    public var prompts: Int
    /// Pictures of each.
    public var seeds: Int
    /// The mean distance between painted pictures of one prompt.
    public var withinPrompts: Double
    /// The same between real pictures of one caption; nil where no caption comes twice.
    public var realWithinPrompts: Double?
    /// The mean distance between painted pictures of different captions.
    public var acrossPrompts: Double
    /// The same between real pictures.
    public var realAcrossPrompts: Double

    /// About 1 for a model that heeds its prompts, near 0 for one that has collapsed.
    public var acrossRatio: Double { acrossPrompts / max(realAcrossPrompts, .leastNormalMagnitude) }

    /// - Parameters:
    ///   - varied: `[prompt][seed]`, painted.
    ///   - painted, real: One a caption.
    /// - Returns: nil where fewer than two seeds or two different captions were painted.
    static func measure<Item>(
        _ space: Memorisation.Space, varied: [[Item]], painted: [Item], real: [Item],
        captions: [String], distance: (Item, Item) -> Double
    ) -> SeedDiversity? {
        guard let seeds = varied.first?.count, seeds > 1 else { return nil }
        func pairs(_ items: [Item], areSame: Bool) -> Double? {
            var distances: [Double] = []
            for i in items.indices {
                for j in 0..<i where (captions[i] == captions[j]) == areSame {
                    distances.append(distance(items[i], items[j]))
                }
            }
            return distances.mean
        }
        var within: [Double] = []
        for items in varied {
            for i in items.indices {
                for j in 0..<i { within.append(distance(items[i], items[j])) }
            }
        }
        guard let own = within.mean, let across = pairs(painted, areSame: false),
            let realAcross = pairs(real, areSame: false)
        else { return nil }
        return SeedDiversity(
            space: space, prompts: varied.count, seeds: seeds, withinPrompts: own,
            realWithinPrompts: pairs(real, areSame: true), acrossPrompts: across,
            realAcrossPrompts: realAcross)
    }
}

extension [Double] {
    /// Nil of none.
    fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
