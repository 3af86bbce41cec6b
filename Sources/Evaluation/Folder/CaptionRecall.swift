import PinxitDatasets

/// How often the right caption is among the nearest to its picture of all different ones, in an
/// embedder's space; ties are broken by chance.
public struct CaptionRecall: Sendable, Hashable {
    /// The last place that counts.
    public var rank: Int
    /// The share of painted pictures.
    public var painted: Double
    /// The share of real pictures.
    public var real: Double
    /// Different captions, from which one is looked for.
    public var captions: Int

    /// What pictures get that say nothing.
    public var chance: Double { Double(rank) / Double(captions) }

    /// - Parameters:
    ///   - painted, real, texts: rows of length one, one a prompt.
    ///   - captions: The texts.
    /// - Returns: For those ranks to which there are more captions.
    static func measure(
        painted: [[Float]], real: [[Float]], texts: [[Float]], captions: [String],
        ranks: [Int] = CaptionRetrieval.ranks
    ) -> [CaptionRecall] {
        let places = Dictionary(
            zip(captions, captions.indices), uniquingKeysWith: { first, _ in first })
        let different = places.values.sorted()
        func rankings(_ pictures: [[Float]]) -> [Ranking] {
            inParallel(pictures.count) { row in
                Ranking(different.map { cosine(pictures[row], texts[$0]) }) {
                    captions[different[$0]] == captions[row]
                }
            }
        }
        let (own, others) = (rankings(painted), rankings(real))
        return ranks.filter { $0 < different.count }.map {
            CaptionRecall(
                rank: $0, painted: own.share(within: $0), real: others.share(within: $0),
                captions: different.count)
        }
    }
}
