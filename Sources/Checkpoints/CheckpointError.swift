import PinxitFiles

/// What is wrong with a checkpoint: the file, the field, and what would be accepted.
public typealias CheckpointError = FileError

extension FileError {
    /// What a download that ended early leaves behind.
    ///
    /// - Parameter isExact: Whether the file would end there, or lacks more besides.
    static func incomplete(
        _ path: String, _ count: Int, needed: Int, isExact: Bool
    ) -> FileError {
        FileError(
            path: path,
            problem: "holds \(count) bytes of \(isExact ? "" : "at least ")\(needed): it was not "
                + "downloaded or copied to its end")
    }
}
