import PinxitTensors

/// What an input does to the tensors of a file that is right. Four bytes say a change: which key
/// (two), what is done, and a number.
struct TensorChanges: Sendable {
    private struct Change: Sendable {
        let key: Int
        let kind: Int
        let number: Int
    }

    private var changes: [Change] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        for place in stride(from: 0, to: min(bytes.count, 32) - 3, by: 4) {
            let key = Int(bytes[place]) * 256 + Int(bytes[place + 1])
            let kind = Int(bytes[place + 2]) % 8
            changes.append(Change(key: key, kind: kind, number: Int(bytes[place + 3])))
        }
    }

    @Engine func made(in base: [String: Tensor]) -> [String: Tensor] {
        var tensors = base
        let keys = base.keys.sorted()
        for change in changes {
            let key = keys[change.key % keys.count]
            guard let tensor = tensors[key] else { continue }
            tensors[key] = nil
            if change.kind == 1 {
                tensors[keys[change.number * 7 % keys.count]] = tensor
            } else if change.kind > 1 {
                tensors[key] = Self.changed(tensor, change.kind, change.number)
            }
        }
        return tensors
    }

    /// The same with another shape or rank.
    @Engine private static func changed(
        _ tensor: Tensor, _ kind: Int, _ number: Int
    ) -> Tensor {
        var sizes = tensor.shape.dimensions
        switch kind {
        case 2: sizes = Array(sizes.dropLast())
        case 3: sizes.append(number % 3)
        default:
            guard !sizes.isEmpty else { return tensor }
            sizes[kind % sizes.count] = number
        }
        return sizes.reduce(1, *) > 1 << 22 ? tensor : .zeros(Shape(sizes), type: tensor.type)
    }
}
