import PinxitFiles

/// A safetensors file, mapped into memory and checked: 8 bytes of length, a JSON header, the data.
///
/// Format: https://github.com/huggingface/safetensors. The checks are those of the reference
/// implementation; repeated names and a header that does not start with `{` are refused besides.
public struct SafetensorsFile: Sendable {
    /// One tensor of the file.
    public struct Entry: Sendable, Equatable {
        /// What its bytes mean.
        public let type: SafetensorsType
        /// Row-major, outermost first; empty for a scalar.
        public let shape: [Int]
        /// Where its elements lie in the file.
        public let byteRange: Range<Int>
    }

    /// The path it was opened at.
    public let path: String
    /// The tensors by name; their byte ranges lie within the file and do not overlap.
    public let entries: [String: Entry]
    /// The strings under `__metadata__`.
    public let metadata: [String: String]
    let file: MappedFile

    /// - Throws: `CheckpointError` when the file is missing or anything in its header is wrong.
    public init(path: String) throws(CheckpointError) {
        let file = try MappedFile(path: path)
        let header = try file.withBytes { bytes throws(CheckpointError) in
            try SafetensorsHeader(bytes, path: path)
        }
        self.path = path
        self.file = file
        entries = header.entries
        metadata = header.metadata
    }

    /// Calls `body` with a tensor's elements, little-endian and perhaps not aligned.
    public func withBytes<Result>(
        of entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[entry.byteRange])) }
    }
}
