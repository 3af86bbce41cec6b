import FoundationEssentials

/// What a picture's manifest of C2PA (Content Credentials, specification 2.2) claims. Whether it is
/// true, who signed it and whether the file is still the one that was signed, is not looked at.
public struct ContentCredentials: Sendable, Equatable {
    /// A program as a manifest names it.
    public struct Program: Sendable, Equatable {
        /// Such as "Pinxit".
        public var name: String
        /// As it writes it.
        public var version: String?

        /// A program; the version may be left out.
        public init(name: String, version: String? = nil) {
            (self.name, self.version) = (name, version)
        }
    }

    /// What was done to a picture.
    public struct Action: Sendable, Equatable {
        /// One of the specification's, such as `c2pa.created`.
        public var name: String
        /// What of, by IPTC's terms: the last part, such as `trainedAlgorithmicMedia`.
        public var sourceType: String?
        /// What did it.
        public var agent: Program?

        /// An action as it is claimed.
        public init(_ name: String, sourceType: String? = nil, agent: Program? = nil) {
            (self.name, self.sourceType, self.agent) = (name, sourceType, agent)
        }
    }

    /// What wrote the claim.
    public var generator: Program
    /// In their order.
    public var actions: [Action]

    /// A claim to be signed.
    public init(generator: Program, actions: [Action]) {
        (self.generator, self.actions) = (generator, actions)
    }

    /// The newest manifest of a PNG, JPEG or WebP file; nil for a file without one.
    ///
    /// - Throws: `ImageError` for a manifest that cannot be read.
    public init?(in file: Data, name: String) throws(ImageError) {
        guard let store = ManifestPlace(file)?.store else { return nil }
        guard let manifest = JUMBF(parsing: store)?.superboxes.last,
            let claim = manifest.superboxes.first(where: { $0.label.hasPrefix("c2pa.claim") })?
                .value
        else { throw .unreadable(file: name, reason: "its C2PA manifest is damaged") }
        generator = Self.generator(of: claim)
        let assertions = manifest.superboxes.first { $0.label == "c2pa.assertions" }?.superboxes
        let lists = (assertions ?? []).filter { $0.label.hasPrefix("c2pa.actions") }
        actions = lists.flatMap { $0.value?["actions"]?.elements ?? [] }.prefix(100)
            .compactMap { Action($0) }
    }

    /// Version 2 of claims has one program, version 1 a list or a text.
    private static func generator(of claim: CBOR) -> Program {
        let info = claim["claim_generator_info"]
        return info.flatMap { Program($0) } ?? info?.elements.first.flatMap { Program($0) }
            ?? claim["claim_generator"].flatMap { Program($0) } ?? Program(name: "?")
    }

    /// A file without its manifest store; as it is where it has none.
    public static func removed(from file: Data) -> Data {
        guard let place = ManifestPlace(file), place.store != nil else { return file }
        return place.file(with: [])
    }

    // MARK: As it is signed

    private static let sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/"

    /// The assertion `c2pa.actions`, version 2.
    var actionsValue: CBOR {
        .object([
            "actions": .array(
                actions.map { action in
                    var members = [CBOR.Member(key: .text("action"), value: .text(action.name))]
                    if let agent = action.agent {
                        members.append(.init(key: .text("softwareAgent"), value: agent.value))
                    }
                    if let type = action.sourceType {
                        members.append(
                            .init(
                                key: .text("digitalSourceType"),
                                value: .text(Self.sourceTypes + type)))
                    }
                    return .map(members)
                })
        ])
    }
}

extension ContentCredentials.Program {
    var value: CBOR {
        let name = CBOR.Member(key: .text("name"), value: .text(name))
        return .map(
            [name] + (version.map { [.init(key: .text("version"), value: .text($0))] } ?? []))
    }

    /// Either a map or, in older claims, a text.
    fileprivate init?(_ value: CBOR) {
        guard let name = (value["name"] ?? value).string else { return nil }
        self.init(
            name: String(name.prefix(200)),
            version: value["version"]?.string.map { String($0.prefix(200)) })
    }
}

extension ContentCredentials.Action {
    fileprivate init?(_ value: CBOR) {
        guard let name = value["action"]?.string else { return nil }
        self.init(
            String(name.prefix(200)),
            sourceType: value["digitalSourceType"]?.string.map { type in
                String((type.split(separator: "/").last ?? "").prefix(200))
            },
            agent: value["softwareAgent"].flatMap { .init($0) })
    }
}
