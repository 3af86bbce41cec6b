import CPinxitOpenSSL
import FoundationEssentials
import PinxitFiles

/// A certificate and its private key, which sign what pictures claim of themselves (C2PA).
/// OpenSSL's libcrypto is opened when the first is made; nothing else needs it.
public final class PictureSigner: @unchecked Sendable {
    /// What readers will not like about the certificate, in words; they refuse the signature then.
    public let warnings: [String]
    /// The certificates in DER, the signer's own first.
    let chain: [[UInt8]]
    let algorithm: SigningAlgorithm
    // Signing does not change it, and each signature has a context of its own.
    private let key: OpaquePointer

    /// Reads two PEM files: the certificate, with those that lead from it to the one that is
    /// trusted behind it, and the key in PKCS#8 or SEC1.
    ///
    /// - Throws: `FileError` for a file that cannot be read or holds something else, for a key that
    ///   is locked, of another kind or not the certificate's, and where libcrypto is not there.
    public init(certificate: String, key keyFile: String) throws(FileError) {
        if let problem = pinxit_crypto_load() {
            throw FileError(
                path: certificate, problem: "cannot be used: \(String(cString: problem))")
        }
        let certificates = try Certificates(file: certificate)
        let key = try Self.key(keyFile)
        guard let algorithm = SigningAlgorithm(of: key) else {
            pinxit_key_free(key)
            throw FileError(
                path: keyFile,
                problem: "is a key of another kind; P-256, P-384, P-521 and Ed25519 are accepted")
        }
        guard certificates.fits(key) else {
            pinxit_key_free(key)
            throw FileError(path: keyFile, problem: "is not the key of \(certificate)")
        }
        self.key = key
        self.algorithm = algorithm
        (chain, warnings) = (certificates.bytes, certificates.problems)
    }

    deinit { pinxit_key_free(key) }

    private static func key(_ file: String) throws(FileError) -> OpaquePointer {
        let pem = try readFile(file, limit: Certificates.largestFile)
        var isLocked = false
        if let key = pinxit_key_read(pem, pem.count, &isLocked) { return key }
        throw FileError(
            path: file,
            problem: isLocked
                ? "is locked by a passphrase; a key without one is accepted"
                : "holds no private key; PEM in PKCS#8 or SEC1 is accepted")
    }

    /// The file with a manifest that claims this of it. A manifest that it has is replaced.
    ///
    /// - Throws: `ImageError` for what is no PNG, JPEG or WebP file, and where signing fails.
    public func signed(
        _ file: Data, _ credentials: ContentCredentials
    ) throws(ImageError) -> Data {
        guard let place = ManifestPlace(file) else {
            throw .cannotEncode(reason: "only PNG, JPEG and WebP files are signed")
        }
        let seed = SHA256.digest(place.surroundings(of: 0)) + chain.flatMap { SHA256.digest($0) }
        let manifest = Manifest(credentials, seed: seed)
        let empty = [UInt8](repeating: 0, count: 32)
        // The manifest says how long it is. Its length grows with the number's, so this ends. An
        // odd one gets a byte more: readers do not count the one that RIFF sets behind it.
        var (length, padding) = (0, 0)
        while true {
            let store = manifest.store(
                excluded: place.start..<place.start + length, padding: padding, digest: empty
            ) { _ in message(algorithm.emptySignature) }
            let found = place.carrier(of: store).count
            if store.count % 2 == 1 {
                padding = 1 - padding
            } else if found == length {
                break
            }
            length = found
        }
        let store = try manifest.store(
            excluded: place.start..<place.start + length, padding: padding,
            digest: SHA256.digest(place.surroundings(of: length)), sign: coseSign1)
        return place.file(with: place.carrier(of: store))
    }

    // MARK: COSE (RFC 9052, 9360)

    /// The label of certificates in a header.
    private static let x5chain = 33

    private var protectedHeader: [UInt8] {
        let certificates = chain.map { CBOR.bytes($0) }
        return CBOR.map([
            .init(key: .integer(1), value: .integer(algorithm.number)),
            .init(
                key: .integer(Self.x5chain),
                value: certificates.count == 1 ? certificates[0] : .array(certificates)),
        ]).encoded
    }

    /// COSE_Sign1 of what is not in it.
    private func coseSign1(_ payload: [UInt8]) throws(ImageError) -> CBOR {
        let signed = CBOR.array([
            .text("Signature1"), .bytes(protectedHeader), .bytes([]), .bytes(payload),
        ]).encoded
        var signature = algorithm.emptySignature
        guard
            pinxit_sign(
                key, algorithm.digest, algorithm.half, signed, signed.count, &signature,
                signature.count)
        else { throw .cannotEncode(reason: "libcrypto could not sign it") }
        return message(signature)
    }

    private func message(_ signature: [UInt8]) -> CBOR {
        .tagged(18, .array([.bytes(protectedHeader), .map([]), .null, .bytes(signature)]))
    }
}

extension PictureSigner: Equatable {
    public static func == (a: PictureSigner, b: PictureSigner) -> Bool { a === b }
}
