import PinxitFiles
import PinxitTensors

/// The keys of one format as those of another: rules for whole keys, tried in order.
///
///     KeyTable([
///         .init("visual.ln_pre.*", "vision_model.pre_layrnorm.*"),
///         .init("visual.proj", "visual_projection.weight", .transposed),
///     ])
///
/// A `*` stands for one part between dots; the targets' stars are filled in order. Keys no rule
/// matches stay as they are.
public struct KeyTable: Sendable {
    /// What happens to a tensor on the way.
    public enum Change: Sendable {
        /// It stays as it is.
        case none
        /// A matrix is stored the other way round.
        case transposed
        /// Parts of equal size along the first dimension, one for each target.
        case split
    }

    /// What one form of key becomes.
    public struct Rule: Sendable {
        let pattern: [Substring]
        let targets: [String]
        let change: Change

        /// A key that becomes one key.
        /// - Precondition: `target` has no more stars than `pattern`.
        public init(_ pattern: String, _ target: String, _ change: Change = .none) {
            self.init(pattern, [target], change)
        }

        /// A key that becomes several, with `.split`; otherwise only the first target counts.
        /// - Precondition: no target has more stars than `pattern`.
        public init(_ pattern: String, _ targets: [String], _ change: Change) {
            self.pattern = pattern.split(separator: ".")
            self.targets = targets
            self.change = change
        }

        /// The targets for a key, or nil where the rule does not match all of it.
        func match(_ key: String) -> [String]? {
            let parts = key.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == pattern.count else { return nil }
            var stars: [Substring] = []
            for (part, expected) in zip(parts, pattern) {
                if expected == "*" {
                    stars.append(part)
                } else if part != expected {
                    return nil
                }
            }
            return targets.map { target in
                var rest = stars[...]
                return target.split(separator: ".")
                    .map { $0 == "*" ? rest.removeFirst() : $0 }.joined(separator: ".")
            }
        }
    }

    let rules: [Rule]

    /// The first rule that matches a whole key counts.
    public init(_ rules: [Rule]) { self.rules = rules }

    /// The tensors under their new keys.
    ///
    /// - Parameter file: Where they come from, for messages.
    /// - Throws: `FileError` for a tensor that cannot be changed as its rule says, or two for one
    ///   key.
    public func callAsFunction(_ tensors: [String: Tensor], file: String) throws(FileError)
        -> [String: Tensor]
    {
        var result: [String: Tensor] = [:]
        for (key, tensor) in tensors {
            for (target, part) in try changed(key, tensor, file: file) {
                guard result.updateValue(part, forKey: target) == nil else {
                    throw FileError(
                        path: file, field: key, problem: "holds the same parameter as another key")
                }
            }
        }
        return result
    }

    private func changed(_ key: String, _ tensor: Tensor, file: String) throws(FileError)
        -> [(String, Tensor)]
    {
        for rule in rules {
            guard let targets = rule.match(key) else { continue }
            switch rule.change {
            case .none: return [(targets[0], tensor)]
            case .transposed:
                guard tensor.rank == 2 else {
                    throw FileError(
                        path: file, field: key,
                        problem: "has shape \(tensor.shape); a matrix is expected")
                }
                return [(targets[0], tensor.permuted([1, 0]))]
            case .split:
                guard tensor.count > 0, tensor.rank > 0, tensor.shape[0] % targets.count == 0 else {
                    throw FileError(
                        path: file, field: key,
                        problem:
                            "has shape \(tensor.shape); \(targets.count) equal parts are expected")
                }
                // Copies: a storage keeps one packed form, so parameters do not share one.
                let parts = tensor.chunked(targets.count, axis: 0).map { $0.copy() }
                return Array(zip(targets, parts))
            }
        }
        return [(key, tensor)]
    }
}
