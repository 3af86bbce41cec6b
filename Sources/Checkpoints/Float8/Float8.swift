/// Numbers of 8 bits, which f16 holds exactly.
///
/// E4M3 is OCP's "fn": bias 7, largest 448, no infinities, NaN where all bits but the sign are set.
/// E5M2 is the upper byte of an f16.
enum Float8 {
    /// The f16 bits of each of the 256 codes.
    static func codes(_ type: SafetensorsType) -> [UInt16] {
        precondition(type == .f8E4M3 || type == .f8E5M2, "\(type.rawValue) is not fp8")
        return (0..<256).map { type == .f8E5M2 ? UInt16($0) << 8 : half(e4m3: UInt16($0)) }
    }

    private static func half(e4m3 code: UInt16) -> UInt16 {
        let sign = (code & 0x80) << 8
        let (exponent, fraction) = (code >> 3 & 15, code & 7)
        if code & 0x7F == 0x7F { return sign | 0x7E00 }
        if exponent > 0 { return sign | (exponent + 8) << 10 | fraction << 7 }
        if fraction == 0 { return sign }
        // A multiple of 2^-9 is normal in f16, whose least normal number is 2^-14.
        let top = UInt16(15 - fraction.leadingZeroBitCount)
        return sign | (top + 6) << 10 | (fraction << (10 - top)) & 0x3FF
    }
}
