import PinxitFiles

/// A file of `torch.save`, mapped into memory and checked.
struct TorchFile {
    let path: String
    /// All that it holds.
    let root: PickleValue
    /// The tensors of the state dictionary by their names, joined by dots where they are nested.
    private(set) var tensors: [String: StoredTensor] = [:]
    /// Numbers and strings beside the tensors.
    private(set) var metadata: [String: String] = [:]

    /// Visits of values: shared ones are visited once a place.
    private static let mostValues = 1_000_000
    private static let longestName = 512
    private var visits = 0

    init(path: String, root: PickleValue) throws(FileError) {
        (self.path, self.root) = (path, root)
        var state = root
        addMetadata(state)
        while let inner = state["state_dict"], inner.members != nil {
            state = inner
            addMetadata(state)
        }
        try addTensors(state, name: "")
    }

    private mutating func addMetadata(_ value: PickleValue) {
        for member in value.members ?? [] {
            guard let name = member.key.text else { continue }
            switch member.value {
            case .integer(let value): metadata[name] = "\(value)"
            case .number(let value): metadata[name] = "\(value)"
            case .bool(let value): metadata[name] = "\(value)"
            case .string(let text): metadata[name] = text
            default: break
            }
        }
    }

    private mutating func addTensors(_ value: PickleValue, name: String) throws(FileError) {
        visits += 1
        guard name.utf8.count <= Self.longestName else {
            throw FileError(
                path: path, field: "\(name.prefix(40))…",
                problem: "is a longer name than \(Self.longestName) bytes")
        }
        guard visits <= Self.mostValues else {
            throw FileError(path: path, problem: "holds more than \(Self.mostValues) values")
        }
        func joined(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
        switch value {
        case .tensor(let tensor) where !name.isEmpty: tensors[name] = tensor
        case .dictionary(let members):
            for member in members {
                guard let key = member.key.text ?? member.key.integer.map(String.init) else {
                    continue
                }
                try addTensors(member.value, name: joined(key))
            }
        case .list(let values):
            for (index, value) in values.enumerated() {
                try addTensors(value, name: joined("\(index)"))
            }
        default: break
        }
    }
}
