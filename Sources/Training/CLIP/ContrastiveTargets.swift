import PinxitTensors

/// Which pictures and captions of a batch belong together: every pair with the same meaning, not
/// only the diagonal.
///
/// - Parameters:
///   - keys: One a sample; equal keys mean the same picture in other words.
///   - wrong: Those of captions without a picture, which may equal some all the same.
/// - Returns: `[batch, batch + wrong]`, rows summing to one.
func contrastiveTargets<Key: Hashable>(_ keys: [Key], wrong: [Key] = []) -> Tensor {
    let texts = keys + wrong
    var values = [Float](repeating: 0, count: keys.count * texts.count)
    var members: [Key: [Int]] = [:]
    for (index, key) in texts.enumerated() { members[key, default: []].append(index) }
    for (row, key) in keys.enumerated() {
        let group = members[key]!
        for column in group { values[row * texts.count + column] = 1 / Float(group.count) }
    }
    return Tensor(values, shape: [keys.count, texts.count])
}
