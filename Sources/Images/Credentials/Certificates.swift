import CPinxitOpenSSL
import PinxitFiles
import PinxitPlatform

/// The certificates of a PEM file, the signer's own first. libcrypto has been opened before.
final class Certificates {
    static let largestFile = 1 << 20
    private static let most = 16

    private let all: [OpaquePointer]

    init(file: String) throws(FileError) {
        let pem = try readFile(file, limit: Self.largestFile)
        var all: [OpaquePointer] = []
        while all.count < Self.most,
            let next = pinxit_certificate_read(pem, pem.count, all.count)
        {
            all.append(next)
        }
        guard !all.isEmpty else {
            throw FileError(
                path: file,
                problem: "holds no certificate; PEM with BEGIN CERTIFICATE is accepted")
        }
        self.all = all
    }

    deinit { for certificate in all { pinxit_certificate_free(certificate) } }

    /// Each in DER.
    var bytes: [[UInt8]] {
        all.compactMap { certificate in
            var count = 0
            guard let start = pinxit_certificate_bytes(certificate, &count) else { return nil }
            defer { free(start) }
            return Array(UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// Whether the first has this key.
    func fits(_ key: OpaquePointer) -> Bool { pinxit_certificate_fits(all[0], key) }

    /// What the first lacks of C2PA's profile of certificates, in words.
    var problems: [String] {
        let found = pinxit_certificate_problems(all[0])
        return Self.words.filter { found & UInt32($0.bit) != 0 }.map(\.text)
    }

    private static let words: [(bit: Int, text: String)] = [
        (PINXIT_NOT_VERSION_3, "is not of X.509's version 3"),
        (PINXIT_SELF_SIGNED, "is signed by itself; one that an authority signed is wanted"),
        (PINXIT_IS_AUTHORITY, "is an authority's; one of its leaves is wanted"),
        (PINXIT_NOT_YET_VALID, "is not valid yet"),
        (PINXIT_EXPIRED, "has expired"),
        (PINXIT_NOT_FOR_SIGNATURES, "has no key usage digitalSignature"),
        (
            PINXIT_NO_PURPOSE,
            "has no extended key usage for claims: emailProtection, documentSigning or C2PA's own"
        ),
        (PINXIT_NO_AUTHORITY_KEY, "does not name its authority's key (authorityKeyIdentifier)"),
    ].map { (Int($0.0), $0.1) }
}
