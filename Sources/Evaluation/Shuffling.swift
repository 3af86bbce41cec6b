import PinxitTensors

/// Fisher and Yates; the standard library's `shuffled` may change between releases.
func shuffled<Element>(_ elements: [Element], _ random: inout SplitMix64) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) {
        result.swapAt(last, random.below(last + 1))
    }
    return result
}
