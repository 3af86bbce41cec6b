import FoundationEssentials

/// A run that was to go on from a checkpoint of another configuration.
public struct ChangedConfiguration: Error, Equatable, CustomStringConvertible {
    /// The checkpoint's path.
    public let checkpoint: String
    /// The settings that differ, each with both values; empty if a configuration is no JSON.
    public let differences: [String]

    init(checkpoint: String, differences: [String] = []) {
        self.checkpoint = checkpoint
        self.differences = differences
    }

    /// What is wrong and what would be accepted, in one line.
    public var description: String {
        let what = differences.isEmpty ? "" : " (\(differences.joined(separator: "; ")))"
        return "\(checkpoint): configuration: was saved under another configuration\(what); "
            + "accepted: that one, another run folder, or acceptingChanges to go on under the new "
            + "one"
    }
}

extension ChangedConfiguration: LocalizedError {
    public var errorDescription: String? { description }
}
