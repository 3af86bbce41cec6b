import PinxitImages

/// Whether a model paints different pictures from different seeds, and for different prompts.
///
/// Distances are means between all pairs of pictures of one prompt, and between pictures of
/// different prompts; each beside that of real pictures, which differ in the chances that a prompt
/// leaves open.
public struct Diversity: Sendable, Hashable {
    /// What distances are measured in.
    public var space: Memorisation.Space
    /// Prompts that were painted with several seeds.
    public var prompts: Int
    /// Pictures of each.
    public var seeds: Int
    /// Between painted pictures of one prompt.
    public var withinPrompts: Double
    /// Between real pictures of one prompt; nil where none has two.
    public var realWithinPrompts: Double?
    /// Between painted pictures of different prompts, the first seed of each.
    public var acrossPrompts: Double
    /// The same between real pictures.
    public var realAcrossPrompts: Double

    /// About 1 for a model that varies as real pictures do, near 0 for one that gives each prompt
    /// one picture, above 1 where it is unsure what to paint; nil where no prompt has two real
    /// ones.
    public var withinRatio: Double? {
        realWithinPrompts.map { withinPrompts / max($0, .leastNormalMagnitude) }
    }
    /// About 1 for a model that heeds its prompts, near 0 for one that has collapsed.
    public var acrossRatio: Double { acrossPrompts / max(realAcrossPrompts, .leastNormalMagnitude) }

    /// Of pictures by their pixels.
    ///
    /// - Parameters:
    ///   - painted, real: `[prompt][seed]`, two or more seeds each.
    /// - Returns: nil where there is nothing to compare.
    static func measure(painted: [[Picture]], real: [[Picture]]) -> Diversity? {
        guard let seeds = painted.first?.count, painted.count > 1, seeds > 1 else { return nil }
        let (own, others) = (
            painted.map { $0.map(Thumbnail.init) }, real.map { $0.map(Thumbnail.init) }
        )
        func within(_ rows: [[Thumbnail]]) -> Double? {
            rows.flatMap { distances($0) { $0.distance(to: $1) } }.mean
        }
        // The first of each: all pairs of all would say the same.
        func across(_ rows: [[Thumbnail]]) -> Double {
            distances(rows.map { $0[0] }) { $0.distance(to: $1) }.mean ?? 0
        }
        return Diversity(
            space: .pixels, prompts: painted.count, seeds: seeds, withinPrompts: within(own) ?? 0,
            realWithinPrompts: within(others), acrossPrompts: across(own),
            realAcrossPrompts: across(others))
    }

    /// Of anything that lies in a space, of real ones only one a caption.
    ///
    /// - Parameters:
    ///   - varied: `[prompt][seed]`, painted.
    ///   - painted, real: One a caption.
    /// - Returns: nil where fewer than two seeds or two different captions were painted.
    static func measure<Item>(
        _ space: Memorisation.Space, varied: [[Item]], painted: [Item], real: [Item],
        captions: [String], distance: (Item, Item) -> Double
    ) -> Diversity? {
        guard let seeds = varied.first?.count, seeds > 1 else { return nil }
        func pairs(_ items: [Item], areSame: Bool) -> Double? {
            distances(Array(items.indices)) {
                distance(items[$0], items[$1])
            } where: {
                (captions[$0] == captions[$1]) == areSame
            }.mean
        }
        guard let own = varied.flatMap({ distances($0, distance) }).mean,
            let across = pairs(painted, areSame: false),
            let realAcross = pairs(real, areSame: false)
        else { return nil }
        return Diversity(
            space: space, prompts: varied.count, seeds: seeds, withinPrompts: own,
            realWithinPrompts: pairs(real, areSame: true), acrossPrompts: across,
            realAcrossPrompts: realAcross)
    }

    /// Between all pairs, or those that count.
    private static func distances<Item>(
        _ items: [Item], _ distance: (Item, Item) -> Double,
        where counts: (Item, Item) -> Bool = { _, _ in true }
    ) -> [Double] {
        items.indices.flatMap { i in
            items[..<i].filter { counts(items[i], $0) }.map { distance(items[i], $0) }
        }
    }
}

extension [Double] {
    /// Nil of none.
    fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
