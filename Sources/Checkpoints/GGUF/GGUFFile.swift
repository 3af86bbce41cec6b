import PinxitFiles
import PinxitTensors

/// A GGUF file (versions 2 and 3), mapped into memory and checked.
///
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
struct GGUFFile: Sendable {
    /// A tensor of the file.
    struct Entry: Sendable {
        let type: GGUFType
        /// Row-major, outermost first: the file has it the other way round.
        let shape: [Int]
        let bytes: Range<Int>
        let file: MappedFile
    }

    let path: String
    let metadata: [String: String]
    /// By name; their bytes lie within the file and do not overlap.
    let tensors: [String: Entry]

    /// - Throws: `FileError` when anything in its header is wrong or the file is not complete.
    init(_ file: MappedFile) throws(FileError) {
        path = file.path
        let header = try file.withBytes { bytes throws(FileError) in
            try GGUFHeader(bytes, file: file)
        }
        metadata = header.values.mapValues(\.text)
        tensors = header.tensors
    }
}
