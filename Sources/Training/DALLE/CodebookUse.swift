import PinxitPlatform

/// How evenly tokens fall on the codes of a codebook.
struct CodebookUse {
    /// Share of the codes that were used at all.
    let share: Float
    /// The number of codes that, used evenly, would be as hard to foretell: e to the entropy.
    let perplexity: Float

    init(_ ids: [Int32], codes: Int) {
        var counts = [Int](repeating: 0, count: codes)
        for id in ids { counts[Int(id)] += 1 }
        let used = counts.filter { $0 > 0 }
        share = Float(used.count) / Float(codes)
        let total = Double(max(ids.count, 1))
        let entropy = used.reduce(0.0) { $0 - Double($1) / total * log(Double($1) / total) }
        perplexity = Float(exp(entropy))
    }
}
