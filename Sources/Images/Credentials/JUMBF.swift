/// A superbox of JUMBF (ISO/IEC 19566-5): a description, and boxes in it. Every box is its length,
/// four letters, and its content.
struct JUMBF: Sendable {
    /// The four letters that the description's UUID begins with.
    let kind: String
    let label: String
    var content: [Content]

    enum Content: Sendable {
        case superbox(JUMBF)
        case box(String, [UInt8])
    }

    /// What the UUIDs of C2PA's kinds end with.
    private static let uuidEnd: [UInt8] = [
        0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71,
    ]
    /// It may be asked for by its label, and has one.
    private static let toggles: UInt8 = 3

    /// One with a value of CBOR in it.
    init(_ kind: String, _ label: String, _ value: CBOR) {
        self.init(kind, label, [.box("cbor", value.encoded)])
    }

    init(_ kind: String, _ label: String, _ content: [Content]) {
        (self.kind, self.label, self.content) = (kind, label, content)
    }

    /// As it is written.
    var bytes: [UInt8] { Self.box("jumb", hashed) }

    /// What references to it hash: all but its own length and letters (C2PA 2.2, 8.4.2.3).
    var hashed: [UInt8] {
        let description =
            Array(kind.utf8) + Self.uuidEnd + [Self.toggles] + Array(label.utf8) + [0]
        return Self.box("jumd", description)
            + content.flatMap { content in
                switch content {
                case .superbox(let box): box.bytes
                case .box(let kind, let bytes): Self.box(kind, bytes)
                }
            }
    }

    private static func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        BigEndian.bytes(UInt64(content.count + 8), 4) + Array(kind.utf8) + content
    }

    // MARK: Reading

    /// Reads a superbox of any program; nil for what is none or damaged.
    init?(parsing bytes: [UInt8]) {
        guard let (kind, content) = Self.boxes(bytes[...])?.first, kind == "jumb" else {
            return nil
        }
        self.init(content, depth: 0)
    }

    private init?(_ bytes: ArraySlice<UInt8>, depth: Int) {
        guard depth < 8, let boxes = Self.boxes(bytes), let description = boxes.first,
            description.kind == "jumd", description.content.count >= 17
        else { return nil }
        kind = String(decoding: description.content.prefix(4), as: UTF8.self)
        let hasLabel = description.content[description.content.startIndex + 16] & 2 != 0
        let name = description.content.dropFirst(17).prefix { $0 != 0 }
        label = hasLabel ? String(decoding: name, as: UTF8.self) : ""
        content = boxes.dropFirst().compactMap { box in
            guard box.kind == "jumb" else { return .box(box.kind, Array(box.content)) }
            return JUMBF(box.content, depth: depth + 1).map { .superbox($0) }
        }
    }

    private static func boxes(
        _ bytes: ArraySlice<UInt8>
    ) -> [(kind: String, content: ArraySlice<UInt8>)]? {
        var boxes: [(kind: String, content: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 8 {
            let length = BigEndian.number(rest.prefix(4))
            guard (8...UInt64(rest.count)).contains(length) else { return nil }
            let whole = rest.prefix(Int(length))
            boxes.append(
                (String(decoding: whole.dropFirst(4).prefix(4), as: UTF8.self), whole.dropFirst(8)))
            rest = rest.dropFirst(Int(length))
        }
        return boxes
    }

    /// The superboxes in it.
    var superboxes: [JUMBF] {
        content.compactMap { if case .superbox(let box) = $0 { box } else { nil } }
    }

    /// What is read of CBOR, in bytes: its values take fifty times as much memory.
    private static let mostCBOR = 1 << 20

    /// The value of CBOR in it; nil where it is longer than any that says how a picture was made.
    var value: CBOR? {
        content.lazy.compactMap { content -> CBOR? in
            guard case .box("cbor", let bytes) = content, bytes.count <= Self.mostCBOR else {
                return nil
            }
            return CBOR(parsing: bytes)
        }.first
    }
}
