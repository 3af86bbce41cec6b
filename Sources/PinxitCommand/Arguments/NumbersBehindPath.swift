import PinxitFiles

/// A path with numbers behind it, such as `ink.safetensors:0.8:0.5`; a file's own name may have
/// colons.
///
/// - Returns: The path's parts between colons, and the numbers.
func numbersBehindPath(_ text: String, atMost most: Int) -> (parts: [String], numbers: [Double]) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var numbers: [Double] = []
    while parts.count > 1, numbers.count < most, !fileExists(parts.joined(separator: ":")),
        let number = parts.last.flatMap({ Double($0) }), Float(number).isFinite
    {
        numbers.insert(number, at: 0)
        parts.removeLast()
    }
    return (parts, numbers)
}
