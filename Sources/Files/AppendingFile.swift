import PinxitPlatform

/// A file that only grows: every `append` is one write at its end, so that a crash leaves what was
/// written before it.
public final class AppendingFile {
    /// The path it was opened at.
    public let path: String
    private let descriptor: Int32

    /// Opens the file, or creates it.
    ///
    /// - Parameter isNew: whether it is an error that the file exists.
    /// - Throws: `FileError` when it cannot be opened or created.
    public init(path: String, isNew: Bool = false) throws(FileError) {
        self.path = path
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (isNew ? O_EXCL : 0)
        descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else {
            throw FileError.unwritable(path)
        }
    }

    deinit { close(descriptor) }

    /// Writes the bytes at the end of the file.
    /// - Throws: `FileError` with the system's reason; part of the bytes may have been written.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        try bytes.withUnsafeBufferPointer { bytes throws(FileError) in
            try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor, path: path)
        }
    }

    /// The same with a text's UTF-8; no line end is added.
    public func append(_ text: String) throws(FileError) { try append(Array(text.utf8)) }

    /// Waits until what was appended is on the disk.
    public func flush() throws(FileError) {
        guard fsync(descriptor) == 0 else {
            throw FileError.unwritable(path)
        }
    }
}
