import PinxitFiles

/// A manifest of C2PA (specification 2.2) with one claim of version 2: what is claimed, the hash of
/// the file around it, and a signature. The same file, claim and certificates give the same bytes,
/// except for the signature.
struct Manifest {
    /// `urn:c2pa:` and a UUID.
    let label: String
    private let instance: String
    private let credentials: ContentCredentials

    /// - Parameter seed: 32 bytes or more that nothing else has, of which the UUIDs are made.
    init(_ credentials: ContentCredentials, seed: [UInt8]) {
        self.credentials = credentials
        label = "urn:c2pa:" + Self.uuid(SHA256.digest(seed + Array("manifest".utf8)))
        instance = "xmp:iid:" + Self.uuid(SHA256.digest(seed + Array("instance".utf8)))
    }

    /// Of version 4, which the specification asks for, though chance does not choose it.
    private static func uuid(_ digest: [UInt8]) -> String {
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
            .joined(separator: "-")
    }

    /// The store, with this manifest alone.
    ///
    /// - Parameters:
    ///   - excluded: Where the file has what carries the store.
    ///   - padding: Bytes more than are needed.
    ///   - digest: SHA-256 of the rest of the file.
    ///   - sign: Makes COSE_Sign1 of the claim's bytes.
    func store<Failure: Error>(
        excluded: Range<Int>, padding: Int, digest: [UInt8],
        sign: ([UInt8]) throws(Failure) -> CBOR
    ) throws(Failure) -> [UInt8] {
        let assertions = [
            JUMBF("cbor", "c2pa.actions.v2", credentials.actionsValue),
            JUMBF("cbor", "c2pa.hash.data", Self.binding(excluded, padding, digest)),
        ]
        let claim = claim(over: assertions)
        let manifest = JUMBF(
            "c2ma", label,
            [
                .superbox(JUMBF("c2as", "c2pa.assertions", assertions.map { .superbox($0) })),
                .superbox(JUMBF("c2cl", "c2pa.claim.v2", claim)),
                .superbox(JUMBF("c2cs", "c2pa.signature", try sign(claim.encoded))),
            ])
        return JUMBF("c2pa", "c2pa", [.superbox(manifest)]).bytes
    }

    private static func binding(
        _ excluded: Range<Int>, _ padding: Int, _ digest: [UInt8]
    ) -> CBOR {
        let exclusion = CBOR.object([
            "start": .integer(excluded.lowerBound), "length": .integer(excluded.count),
        ])
        return .object([
            "exclusions": .array([exclusion]), "name": .text("jumbf manifest"),
            "alg": .text("sha256"), "hash": .bytes(digest),
            "pad": .bytes([UInt8](repeating: 0, count: padding)),
        ])
    }

    private func claim(over assertions: [JUMBF]) -> CBOR {
        let references = assertions.map { assertion in
            CBOR.object([
                "url": .text("self#jumbf=c2pa.assertions/\(assertion.label)"),
                "hash": .bytes(SHA256.digest(assertion.hashed)),
            ])
        }
        return .object([
            "instanceID": .text(instance), "alg": .text("sha256"),
            "claim_generator_info": credentials.generator.value,
            "signature": .text("self#jumbf=/c2pa/\(label)/c2pa.signature"),
            "created_assertions": .array(references),
        ])
    }
}
