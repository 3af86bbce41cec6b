import FoundationEssentials
import PinxitFiles
import PinxitTestSupport
import Testing

@testable import PinxitImages

/// Manifests of C2PA; `make test-c2pa` has another program read them.
@Suite struct ContentCredentialsTests {
    private let program = ContentCredentials.Program(name: "Pinxit", version: "1.2")
    private var claim: ContentCredentials {
        ContentCredentials(
            generator: program,
            actions: [
                .init("c2pa.created", sourceType: "trainedAlgorithmicMedia", agent: program)
            ])
    }

    private func path(_ name: String) -> String { Fixture.path("c2pa") + "/\(name)" }

    private func signer() throws -> PictureSigner {
        try PictureSigner(certificate: path("cert.pem"), key: path("key.pem"))
    }

    private func file(_ format: PictureFormat) throws -> Data {
        try Picture(width: 9, height: 7, color: [10, 200, 30]).encoded(
            as: format, texts: [PNGText(key: "parameters", text: "a cat")])
    }

    @Test(
        "A signed file says what was claimed, holds the same picture, and gives it back unsigned",
        arguments: PictureFormat.allCases)
    func whole(format: PictureFormat) throws {
        let file = try file(format)
        #expect(try ContentCredentials(in: file, name: "a") == nil)
        let signed = try signer().signed(file, claim)
        #expect(try ContentCredentials(in: signed, name: "a") == claim)
        #expect(
            try Picture(encoded: signed, name: "a") == Picture(encoded: file, name: "a"))
        #expect(
            try Picture.texts(encoded: signed, name: "a")
                == Picture.texts(encoded: file, name: "a"))
        #expect(ContentCredentials.removed(from: signed) == file)
        #expect(ContentCredentials.removed(from: file) == file)
        // Signed again it has one manifest, in the place of the first.
        #expect(try signer().signed(signed, claim).count == signed.count)
    }

    @Test(
        "All of a file but the manifest is hashed, and the claim hashes what it refers to",
        arguments: PictureFormat.allCases)
    func binding(format: PictureFormat) throws {
        let signed = [UInt8](try signer().signed(try file(format), claim))
        let store = try #require(ManifestPlace(Data(signed))?.store)
        let manifest = try #require(JUMBF(parsing: store)?.superboxes.first)
        #expect(manifest.label.hasPrefix("urn:c2pa:"))
        #expect(
            manifest.superboxes.map(\.label) == [
                "c2pa.assertions", "c2pa.claim.v2", "c2pa.signature",
            ])
        let assertions = manifest.superboxes[0].superboxes
        let hash = try #require(assertions.first { $0.label == "c2pa.hash.data" }?.value)
        guard let exclusion = hash["exclusions"]?.elements.first,
            case .unsigned(let start)? = exclusion["start"],
            case .unsigned(let length)? = exclusion["length"]
        else {
            Issue.record("no exclusion")
            return
        }
        let rest = signed[..<Int(start)] + signed[Int(start + length)...]
        #expect(hash["hash"] == .bytes(SHA256.digest(Array(rest))))
        let mark = signed[Int(start)..<Int(start) + 8]
        switch format {
        case .png: #expect(mark.suffix(4).elementsEqual("caBX".utf8) && start == 33)
        case .jpeg: #expect(mark.starts(with: [0xFF, 0xEB]))
        case .webP: #expect(mark.starts(with: Array("C2PA".utf8)))
        }
        let references = manifest.superboxes[1].value?["created_assertions"]?.elements ?? []
        let hashes = assertions.map { CBOR.bytes(SHA256.digest($0.hashed)) }
        #expect(hashes.count == 2 && references.compactMap { $0["hash"] } == hashes)
    }

    @Test(
        "However long a claim is, RIFF needs to add no byte behind its manifest", arguments: 0..<4)
    func evenManifests(more: Int) throws {
        let program = ContentCredentials.Program(
            name: "Pinxit" + String(repeating: "x", count: more), version: "1")
        let longer = ContentCredentials(
            generator: program,
            actions: [.init("c2pa.created", sourceType: "digitalArt", agent: program)])
        let signed = try signer().signed(try file(.webP), longer)
        #expect(try #require(ManifestPlace(signed)?.store).count % 2 == 0)
    }

    @Test("Signed twice, nothing differs but the signature")
    func repeated() throws {
        let stores = try (0..<2).map { _ in
            try #require(ManifestPlace(try signer().signed(try file(.png), claim))?.store)
        }
        // The signature is the last of the last box.
        #expect(stores[0].dropLast(64) == stores[1].dropLast(64))
        #expect(stores[0].count == stores[1].count)
    }

    @Test("A manifest longer than a segment of JPEG lies in several, in their order")
    func segments() throws {
        let store = JUMBF("c2pa", "c2pa", .bytes((0..<150_000).map { UInt8($0 % 251) })).bytes
        let place = try #require(ManifestPlace(try file(.jpeg)))
        let long = place.file(with: place.carrier(of: store))
        #expect(ManifestPlace(long)?.store == store)
        #expect(ContentCredentials.removed(from: long) == (try file(.jpeg)))
    }

    @Test("Files that cannot sign are refused in a line that says what would be accepted")
    func refused() throws {
        func problem(_ certificate: String, _ key: String) -> String {
            do {
                _ = try PictureSigner(certificate: path(certificate), key: path(key))
                return "none"
            } catch { return error.problem }
        }
        #expect(problem("cert.pem", "other-key.pem") == "is not the key of \(path("cert.pem"))")
        #expect(problem("cert.pem", "locked-key.pem").hasPrefix("is locked by a passphrase"))
        #expect(problem("cert.pem", "foreign-key.pem").hasPrefix("is a key of another kind; P-256"))
        #expect(problem("cert.pem", "cert.pem").hasPrefix("holds no private key; PEM"))
        #expect(problem("key.pem", "key.pem").hasPrefix("holds no certificate; PEM"))
        #expect(problem("none.pem", "key.pem").hasPrefix("cannot be opened"))
        #expect(try signer().warnings == [])
        let plain = try PictureSigner(certificate: path("plain-cert.pem"), key: path("key.pem"))
        #expect(plain.warnings.contains { $0.contains("signed by itself") })
        #expect(plain.warnings.contains { $0.contains("extended key usage") })
        #expect(throws: ImageError.self) { try signer().signed(Data("GIF89a".utf8), claim) }
    }

    @Test("CBOR is written as RFC 8949's appendix has it, with keys in their order, and read back")
    func cbor() {
        let cases: [(CBOR, [UInt8])] = [
            (.integer(23), [0x17]), (.integer(24), [0x18, 24]), (.integer(1000), [0x19, 3, 0xE8]),
            (.integer(-1), [0x20]), (.integer(-100), [0x38, 0x63]), (.null, [0xF6]),
            (.text("ü"), [0x62, 0xC3, 0xBC]),
            (.tagged(18, .array([.bytes([1])])), [0xD2, 0x81, 0x41, 1]),
            (.object(["a": .integer(1), "A": .integer(2)]), [0xA2, 0x61, 0x41, 2, 0x61, 0x61, 1]),
        ]
        for (value, bytes) in cases {
            #expect(value.encoded == bytes)
            #expect(CBOR(parsing: bytes)?.encoded == bytes)
            #expect(CBOR(parsing: bytes.dropLast()) == nil)
        }
        // A count that nothing stands behind, and levels without end.
        #expect(CBOR(parsing: [0x9B] + [UInt8](repeating: 0xFF, count: 8)) == nil)
        #expect(CBOR(parsing: [UInt8](repeating: 0x81, count: 100_000)) == nil)
    }

    @Test("Damaged manifests are one line or nothing", arguments: PictureFormat.allCases)
    func damaged(format: PictureFormat) throws {
        let signed = try signer().signed(try file(format), claim)
        let store = try #require(ManifestPlace(signed)?.store)
        for place in 0..<store.count where place % 7 == 0 {
            var changed = store
            changed[place] ^= 0xFF
            let holder = try #require(ManifestPlace(try file(format)))
            let file = holder.file(with: holder.carrier(of: changed))
            do { _ = try ContentCredentials(in: file, name: "a") } catch {
                #expect("\(error)" == "a: cannot be read: its C2PA manifest is damaged")
            }
        }
        for count in stride(from: 0, to: signed.count, by: 11) {
            _ = try? ContentCredentials(in: signed.prefix(count), name: "a")
        }
    }
}
