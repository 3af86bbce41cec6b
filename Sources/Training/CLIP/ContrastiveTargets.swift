import PinxitTensors

/// Which pictures and captions of a batch belong together: every pair with the same meaning, not
/// only the diagonal.
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
