import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// A hash over all that a checkpoint says: metadata, and each tensor's name, type, shape and bytes.
///
/// It is Fowler, Noll and Vo's over words of 64 bits: each step is one-to-one in the word and in
/// what came before, so that a change within one word is always seen.
struct CheckpointHash {
    /// Where the file keeps it.
    static let key = "hash"

    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    static func of(_ tensors: [String: Tensor], _ metadata: [String: String]) -> String {
        var hash = CheckpointHash(metadata)
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            hash.add(name, SafetensorsType(tensor.type), tensor.shape.dimensions)
            withExtendedLifetime(tensor) {
                hash.add(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
            }
        }
        return String(hash.value, radix: 16)
    }

    /// - Throws: `FileError` for a file whose hash is another one.
    static func check(_ file: SafetensorsFile) throws(FileError) {
        // Runs of earlier versions have these and no hash.
        let unhashed: Set = ["step", "seconds", "configuration"]
        if Set(file.metadata.keys) == unhashed { return }
        var hash = CheckpointHash(file.metadata.filter { $0.key != key })
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
            hash.add(name, entry.type, entry.shape)
            file.withBytes(of: entry) { hash.add($0) }
        }
        guard file.metadata[key] == String(hash.value, radix: 16) else {
            throw FileError(
                path: file.path, field: "__metadata__.\(key)",
                problem:
                    "is not that of the contents: the file is damaged; accepted: a copy of it, "
                    + "or another run folder to begin anew")
        }
    }

    private init(_ metadata: [String: String]) {
        for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
            add(name)
            add(text)
        }
    }

    private mutating func add(_ name: String, _ type: SafetensorsType, _ shape: [Int]) {
        add(name)
        add(type.rawValue)
        add(word: UInt64(shape.count))
        for side in shape { add(word: UInt64(side)) }
    }

    private mutating func add(_ text: String) {
        Array(text.utf8).withUnsafeBytes { add($0) }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(word: UInt64(bytes.count))
        let whole = bytes.count / 8
        for index in 0..<whole {
            add(word: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        for byte in bytes[(whole * 8)...] { add(word: UInt64(byte)) }
    }

    private mutating func add(word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 29
    }
}
