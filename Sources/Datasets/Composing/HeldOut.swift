/// The combinations kept for testing: a key `kind|object|attribute` belongs to the test set when
/// the 64-bit FNV-1a hash of its UTF-8 bytes is divisible by ten. A picture with any held key
/// is a test picture, so no combination leaks through another kind of picture.
public enum HeldOut {
    /// Whether the combination is a test picture's; about one key in ten is.
    public static func isHeld(_ key: String) -> Bool { fnv1a64(key) % 10 == 0 }
}

/// Fowler, Noll and Vo's hash, variant 1a, 64 bits, of the UTF-8 bytes.
public func fnv1a64(_ text: String) -> UInt64 { fnv1a64(Array(text.utf8)) }

/// Fowler, Noll and Vo's hash, variant 1a, 64 bits.
public func fnv1a64(_ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    bytes.withUnsafeBufferPointer { bytes in
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01B3
        }
    }
    return hash
}

extension PictureSpec {
    /// Every combination this picture shows, one key each:
    /// `objcol|1f34e|red`, `objstyle|1f34e|line`, `objbg|1f34e|blue`, `objpos|1f34e|top left`,
    /// `pair|1f34e|1f436` (sorted), `count|1f34e|two`.
    public var heldOutKeys: [String] {
        var keys: [String] = []
        for part in parts {
            if let color = part.color { keys.append("objcol|\(part.object)|\(color.rawValue)") }
            if style != .plain { keys.append("objstyle|\(part.object)|\(style.rawValue)") }
            if background != .white { keys.append("objbg|\(part.object)|\(background.rawValue)") }
        }
        switch layout {
        case .single: break
        case .place(let position, _):
            keys.append("objpos|\(parts[0].object)|\(position.rawValue)")
        case .pair:
            let both = [parts[0].object, parts[1].object].sorted()
            keys.append("pair|\(both[0])|\(both[1])")
        case .count(let count):
            keys.append("count|\(parts[0].object)|\(Captions.english(count))")
        }
        return keys
    }

    /// Whether any combination in the picture is kept for testing.
    public var isHeldOut: Bool { heldOutKeys.contains(where: HeldOut.isHeld) }
}
