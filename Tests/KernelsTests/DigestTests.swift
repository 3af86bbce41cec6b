import PinxitKernels
import Testing

@Suite struct DigestTests {
    private static let initial: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    @Test("SHA-256 of \"abc\" is FIPS 180-4's, with and without the processor's instructions")
    func known() {
        var block = Array("abc".utf8) + [0x80] + [UInt8](repeating: 0, count: 60)
        block[63] = 24
        for isPlain in [true, false] {
            var state = Self.initial
            px_sha256(&state, block, 1, isPlain)
            #expect(
                state == [
                    0xba78_16bf, 0x8f01_cfea, 0x4141_40de, 0x5dae_2223, 0xb003_61a3, 0x9617_7a9c,
                    0xb410_ff61, 0xf200_15ad,
                ])
        }
    }

    @Test("Both ways agree on many blocks that are not aligned")
    func many() {
        var noise: UInt32 = 1
        let bytes = (0..<64 * 37 + 3).map { _ in
            noise = noise &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: noise >> 24)
        }
        let states = [true, false].map { isPlain in
            var state = Self.initial
            bytes.withUnsafeBytes { px_sha256(&state, $0.baseAddress! + 3, 37, isPlain) }
            return state
        }
        #expect(states[0] == states[1] && states[0] != Self.initial)
    }
}
