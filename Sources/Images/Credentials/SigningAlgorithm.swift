import CPinxitOpenSSL
import PinxitPlatform

/// How a kind of key signs, of those that C2PA accepts (specification 2.2, 13.2.1).
enum SigningAlgorithm: CaseIterable, Sendable {
    case es256, es384, es512, ed25519

    /// By the object identifier, in DER, of the curve that the public key names.
    init?(of key: OpaquePointer) {
        var count = 0
        guard let start = pinxit_key_public(key, &count) else { return nil }
        defer { free(start) }
        // It begins with two sequences, the second of which holds the identifiers.
        let head = Array(UnsafeBufferPointer(start: start, count: min(count, 32)))
        let found = Self.allCases.first { algorithm in
            let name = algorithm.curve
            return (0..<max(0, head.count - name.count)).contains {
                head[$0...].starts(with: name)
            }
        }
        guard let found else { return nil }
        self = found
    }

    private var curve: [UInt8] {
        switch self {
        case .es256: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        case .es384: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
        case .es512: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]
        case .ed25519: [0x06, 0x03, 0x2B, 0x65, 0x70]
        }
    }

    /// COSE's.
    var number: Int {
        switch self {
        case .es256: -7
        case .es384: -35
        case .es512: -36
        case .ed25519: -8
        }
    }

    /// The hash of what is signed; Ed25519 has its own.
    var digest: String? {
        switch self {
        case .es256: "SHA256"
        case .es384: "SHA384"
        case .es512: "SHA512"
        case .ed25519: nil
        }
    }

    /// Bytes of each of the two numbers of ECDSA; 0 for another kind of signature.
    var half: Int {
        switch self {
        case .es256: 32
        case .es384: 48
        case .es512: 66
        case .ed25519: 0
        }
    }

    /// As long as every signature of this kind.
    var emptySignature: [UInt8] {
        [UInt8](repeating: 0, count: self == .ed25519 ? 64 : 2 * half)
    }
}
