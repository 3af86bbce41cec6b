import PinxitFiles

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// A tensor to be written: little-endian elements, row-major.
    public struct Item {
        /// Its key in the file; all differ.
        public let name: String
        /// What its bytes mean.
        public let type: SafetensorsType
        /// Row-major, outermost first; empty for a scalar.
        public let shape: [Int]
        /// Its elements, not copied.
        public let bytes: UnsafeRawBufferPointer

        /// `bytes` must stay valid until the file is written.
        public init(
            name: String, type: SafetensorsType, shape: [Int], bytes: UnsafeRawBufferPointer
        ) {
            precondition(
                bytes.count == shape.reduce(type.size, *),
                "\(name): \(bytes.count) bytes for \(type.rawValue) of shape \(shape)")
            self.name = name
            self.type = type
            self.shape = shape
            self.bytes = bytes
        }
    }

    /// Writes a file that appears complete or not at all.
    ///
    /// Wider elements come first, as in the reference implementation, so that all are aligned;
    /// then by name. The same tensors always give the same bytes.
    ///
    /// - Parameters:
    ///   - metadata: strings under `__metadata__`; older versions of transformers refuse files
    ///     without `format`.
    ///   - alignment: What the first element's place in the file is a multiple of; at least 8.
    /// - Throws: `FileError` when the file cannot be written.
    public static func write(
        _ items: [Item], metadata: [String: String] = ["format": "pt"], alignment: Int = 8,
        to path: String
    ) throws {
        let items = items.sorted {
            $0.type.size != $1.type.size
                ? $0.type.size > $1.type.size
                : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        var header = Array(header(items, metadata).utf8)
        while (8 + header.count) % alignment != 0 { header.append(UInt8(ascii: " ")) }
        try AtomicFile.write(to: path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.append($0) }
            try header.withUnsafeBytes { try file.append($0) }
            for item in items { try file.append(item.bytes) }
        }
    }

    private static func header(_ items: [Item], _ metadata: [String: String]) -> String {
        var members: [JSONMember] = []
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }
            let object = strings.map { JSONMember($0.key, .string($0.value)) }
            members.append(JSONMember("__metadata__", .object(object)))
        }
        var offset = 0
        for item in items {
            let end = offset + item.bytes.count
            let entry: JSONValue = [
                "dtype": .string(item.type.rawValue),
                "shape": .array(item.shape.map(JSONValue.integer)),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            members.append(JSONMember(item.name, entry))
            offset = end
        }
        return JSONValue.object(members).encoded(indented: false)
    }
}
