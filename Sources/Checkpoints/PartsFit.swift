import PinxitFiles

/// Checks that the parts of a model fit each other, not only their own files.
///
/// A family's `check()` calls it for every precondition of its forward passes, so that no folder
/// that loads can trap while it paints.
public struct PartsFit {
    /// The model's folder, for messages.
    let folder: String

    /// - Parameter folder: The model's, which errors name.
    public init(folder: String) { self.folder = folder }

    /// - Throws: `FileError` with both numbers unless they are equal.
    public func equal(
        _ what: String, _ value: Int, _ other: String, _ expected: Int
    ) throws(FileError) {
        guard value != expected else { return }
        throw FileError(
            path: folder, problem: "\(what): \(value); accepted is \(expected), the \(other)")
    }

    /// - Throws: `FileError` with both numbers unless the first is at most the second.
    public func atMost(
        _ what: String, _ value: Int, _ other: String, _ limit: Int
    ) throws(FileError) {
        guard value > limit else { return }
        throw FileError(
            path: folder, problem: "\(what): \(value); accepted is at most \(limit), the \(other)")
    }

    /// - Throws: `FileError` with all numbers unless the first is among the others.
    public func oneOf(
        _ what: String, _ value: Int, _ accepted: [Int], _ meaning: String
    ) throws(FileError) {
        guard !accepted.contains(value) else { return }
        let list = accepted.map(String.init).joined(separator: " or ")
        throw FileError(
            path: folder, problem: "\(what): \(value); accepted is \(list), \(meaning)")
    }
}
