import PinxitKernels

/// FIPS 180-4's SHA-256, to tell pinned files and pictures apart.
package enum SHA256 {
    /// The digest in hexadecimal.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        text(digest(Array(bytes)))
    }

    private static func text(_ digest: [UInt8]) -> String {
        digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The same of bytes that are not copied, such as those of a mapped file.
    package static func hex(_ bytes: UnsafeRawBufferPointer) -> String { text(digest(bytes)) }

    package static func digest(_ message: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { digest($0) }
    }

    private static func digest(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        let whole = message.count / 64
        var rest = Array(message[(whole * 64)...])
        rest.append(0x80)
        rest.append(contentsOf: repeatElement(0, count: (120 - rest.count % 64) % 64))
        let bits = UInt64(message.count) * 8
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            rest.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        var state = initialState
        if whole > 0 { px_sha256(&state, message.baseAddress, whole, false) }
        px_sha256(&state, rest, rest.count / 64, false)
        return state.flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static let initialState: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
}
