/// Properties of a picture in Adobe's XMP (ISO 16684-1), which PNG keeps as the text
/// `XML:com.adobe.xmp`, JPEG in a segment and WebP in a chunk of its own.
public struct XMP: Sendable, Equatable {
    /// The PNG text key it is kept under.
    public static let pngKey = "XML:com.adobe.xmp"
    /// What stands before it in a JPEG segment.
    static let jpegHead: [UInt8] = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

    /// A schema of properties.
    public struct Namespace: Sendable, Hashable {
        /// What stands before the colon of a property's name.
        public let prefix: String
        /// What it stands for.
        public let address: String

        /// IPTC's extension of photo metadata.
        public static let iptc = Namespace(
            prefix: "Iptc4xmpExt", address: "http://iptc.org/std/Iptc4xmpExt/2008-02-29/")
        /// Adobe's own.
        public static let adobe = Namespace(
            prefix: "xmp", address: "http://ns.adobe.com/xap/1.0/")
        /// What TIFF says of a picture.
        public static let tiff = Namespace(
            prefix: "tiff", address: "http://ns.adobe.com/tiff/1.0/")
        /// Labels of what was generated, by China's committee for standards of security.
        public static let tc260 = Namespace(
            prefix: "TC260", address: "http://www.tc260.org.cn/ns/AIGC/1.0/")
    }

    /// How a picture lies, as TIFF and EXIF number it.
    public static let orientation = "tiff:Orientation"

    /// One simple property.
    public struct Property: Sendable, Equatable {
        /// Whose it is.
        public let namespace: Namespace
        /// Without prefix, such as `CreatorTool`.
        public let name: String
        /// Any text.
        public let value: String

        /// A property as it is written; the name is not checked.
        public init(_ namespace: Namespace, _ name: String, _ value: String) {
            (self.namespace, self.name, self.value) = (namespace, name, value)
        }

        fileprivate var qualified: String { "\(namespace.prefix):\(name)" }
    }

    /// In the order written.
    public var properties: [Property]

    /// A packet of these properties.
    public init(_ properties: [Property]) { self.properties = properties }

    /// The packet, as it is kept.
    public var text: String {
        var names: [Namespace] = []
        for property in properties where !names.contains(property.namespace) {
            names.append(property.namespace)
        }
        let spaces = names.map { "\n    xmlns:\($0.prefix)=\"\($0.address)\"" }.joined()
        let values = properties.map {
            "\n    \($0.qualified)=\"\(Self.escaped($0.value))\""
        }.joined()
        return """
            <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
            <x:xmpmeta xmlns:x="adobe:ns:meta/">
             <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
              <rdf:Description rdf:about=""\(spaces)\(values)/>
             </rdf:RDF>
            </x:xmpmeta>
            <?xpacket end="w"?>
            """
    }

    /// The value that a packet of any program gives a simple property, as an attribute or as an
    /// element; nil if it has none.
    ///
    /// - Parameter name: With the usual prefix, such as `Iptc4xmpExt:DigitalSourceType`.
    public static func value(of name: String, in packet: String) -> String? {
        if let start = packet.firstRange(of: name + "=")?.upperBound, start < packet.endIndex,
            case let quote = packet[start], quote == "\"" || quote == "'"
        {
            let rest = packet[packet.index(after: start)...]
            return rest.firstIndex(of: quote).map { plain(rest[..<$0]) }
        }
        guard let start = packet.firstRange(of: "<\(name)>")?.upperBound,
            let end = packet[start...].firstRange(of: "</\(name)>")?.lowerBound
        else { return nil }
        return plain(packet[start..<end])
    }

    /// A packet of any program with a simple property set, in its place or a new one. A packet that
    /// is no RDF is replaced.
    public static func setting(_ property: Property, in packet: String) -> String {
        let (name, value) = (property.qualified, escaped(property.value))
        if let start = packet.firstRange(of: name + "=")?.upperBound, start < packet.endIndex,
            case let quote = packet[start], quote == "\"" || quote == "'",
            let end = packet[packet.index(after: start)...].firstIndex(of: quote)
        {
            let rest = packet[packet.index(after: end)...]
            return packet[..<start] + "\"\(value)\"" + rest
        }
        if let start = packet.firstRange(of: "<\(name)>")?.upperBound,
            let end = packet[start...].firstRange(of: "</\(name)>")?.lowerBound
        {
            return packet[..<start] + value + packet[end...]
        }
        guard let end = packet.firstRange(of: "</rdf:RDF>")?.lowerBound else {
            return XMP([property]).text
        }
        let space = "xmlns:\(property.namespace.prefix)=\"\(property.namespace.address)\""
        let own = "<rdf:Description rdf:about=\"\" \(space) \(name)=\"\(value)\"/>\n "
        return packet[..<end] + own + packet[end...]
    }

    private static let entities = [
        ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("\n", "&#10;"),
    ]

    private static func escaped(_ text: String) -> String {
        let allowed = text.unicodeScalars.filter { $0.value >= 0x20 || $0 == "\n" }
        return entities.reduce(String(String.UnicodeScalarView(allowed))) {
            $0.replacing($1.0, with: $1.1)
        }
    }

    private static func plain(_ text: Substring) -> String {
        entities.reversed().reduce(String(text)) { $0.replacing($1.1, with: $1.0) }
            .replacing("&apos;", with: "'")
    }
}
