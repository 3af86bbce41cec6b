import PinxitFiles
import PinxitTensors

/// How many numbered parts each place in the tree of keys has.
struct BlockParts {
    private var counts: [String: Int] = [:]

    init(_ keys: some Sequence<String>) {
        for key in keys {
            var place = ""
            for part in key.split(separator: ".") {
                if let number = Int(part), (0..<1000).contains(number) {
                    counts[place] = max(counts[place] ?? 0, number + 1)
                }
                place += place.isEmpty ? String(part) : ".\(part)"
            }
        }
    }

    /// One more than the largest number; 0 for none.
    func count(_ place: String) -> Int { counts[place] ?? 0 }
}

extension [String: Tensor] {
    /// A size of a tensor that tells one of the network's.
    func dimension(_ key: String, _ axis: Int, file: String) throws(FileError) -> Int {
        try knownDimension(self[key]?.shape.dimensions, key, axis, file)
    }

    /// The tensors under other names. Of two that would have one name, the second in order keeps
    /// its own, so that it is seen to belong nowhere.
    func named(by name: (String) -> String) -> [String: Tensor] {
        var named: [String: Tensor] = [:]
        for (key, tensor) in sorted(by: { $0.key < $1.key }) {
            let new = name(key)
            named[named[new] == nil ? new : key] = tensor
        }
        return named
    }
}

extension [String: [Int]] {
    /// A size of a shape that tells one of the network's.
    func dimension(_ key: String, _ axis: Int, file: String) throws(FileError) -> Int {
        try knownDimension(self[key], key, axis, file)
    }
}

private func knownDimension(
    _ shape: [Int]?, _ key: String, _ axis: Int, _ file: String
) throws(FileError) -> Int {
    guard let shape, shape.count > axis else {
        throw FileError(path: file, field: key, problem: "is missing or of another shape")
    }
    return shape[axis]
}
