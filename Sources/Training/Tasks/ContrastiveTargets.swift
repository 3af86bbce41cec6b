import Tensors

/// Which pictures and captions of a batch belong together: every pair with the same meaning, not only the diagonal.
///
/// - Parameter keys: One a sample; equal keys mean the same picture in other words.
/// - Returns: `[batch, batch]`, rows summing to one.
func contrastiveTargets(_ keys: [some Hashable]) -> Tensor {
    var values = [Float](repeating: 0, count: keys.count * keys.count)
    var members: [AnyHashable: [Int]] = [:]
    for (index, key) in keys.enumerated() { members[key, default: []].append(index) }
    for group in members.values {
        for i in group { for j in group { values[i * keys.count + j] = 1 / Float(group.count) } }
    }
    return Tensor(values, shape: [keys.count, keys.count])
}

/// How often the right partner is among the k nearest, for each k.
///
/// - Parameters:
///   - similarity: `[queries, candidates]`; candidate i is right for query i.
///   - keys: Candidates with the query's key count as right too.
func recall(_ similarity: Tensor, keys: [some Hashable], at ks: [Int]) -> [Float] {
    let (rows, columns) = (similarity.shape[0], similarity.shape[1])
    let values = similarity.floats
    var hits = [Int](repeating: 0, count: ks.count)
    for row in 0..<rows {
        let scores = values[row * columns..<(row + 1) * columns]
        let best = (0..<columns).filter { keys[$0] == keys[row] }.map {
            scores[scores.startIndex + $0]
        }.max()!
        let rank = scores.reduce(0) { $0 + ($1 > best ? 1 : 0) }
        for (index, k) in ks.enumerated() where rank < k { hits[index] += 1 }
    }
    return hits.map { Float($0) / Float(rows) }
}
