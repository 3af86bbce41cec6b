/// The ligatures of a font: which glyph stands for a sequence of glyphs.
///
/// Reads lookups of type 4 (also through type 7, extension) of the OpenType table `GSUB`;
/// the OpenType specification, "GSUB: Glyph Substitution Table". Where two lookups hold the same
/// sequence, the first counts.
struct LigatureTable {
    private var glyphs: [[Int]: Int] = [:]

    /// No real emoji font comes near; a table that claims more is hostile.
    static let largestCount = 100_000

    var count: Int { glyphs.count }

    subscript(sequence: [Int]) -> Int? { glyphs[sequence] }

    /// - Returns: nil where an offset or a count leaves the table.
    init?(gsub bytes: [UInt8]) {
        let reader = ByteReader(bytes: bytes)
        guard let major = reader.u16(0), major == 1, let list = reader.u16(8),
            let lookups = reader.offsets(at: list, base: list)
        else { return nil }
        for lookup in lookups {
            guard let type = reader.u16(lookup),
                let subtables = reader.offsets(at: lookup + 4, base: lookup)
            else { return nil }
            for subtable in subtables where type == 4 || type == 7 {
                guard let target = reader.ligatureSubtable(subtable, type: type) else { return nil }
                guard let target = target.offset else { continue }
                guard add(reader, subtable: target) else { return nil }
            }
        }
    }

    private mutating func add(_ reader: ByteReader, subtable: Int) -> Bool {
        guard let format = reader.u16(subtable), format == 1,
            let coverage = reader.u16(subtable + 2),
            let firsts = reader.coverage(at: subtable + coverage),
            let sets = reader.offsets(at: subtable + 4, base: subtable), sets.count <= firsts.count
        else { return false }
        for (first, set) in zip(firsts, sets) {
            guard let ligatures = reader.offsets(at: set, base: set) else { return false }
            for ligature in ligatures {
                guard let glyph = reader.u16(ligature), let count = reader.u16(ligature + 2),
                    count >= 1, let rest = reader.u16s(ligature + 4, count: count - 1),
                    glyphs.count < Self.largestCount
                else { return false }
                let sequence = [first] + rest
                if glyphs[sequence] == nil { glyphs[sequence] = glyph }
            }
        }
        return true
    }
}

extension ByteReader {
    /// A count followed by that many offsets from `base`.
    fileprivate func offsets(at position: Int, base: Int) -> [Int]? {
        guard let count = u16(position) else { return nil }
        return u16s(position + 2, count: count)?.map { base + $0 }
    }

    /// Follows an extension; `offset` is nil where it leads to another type than ligatures.
    fileprivate func ligatureSubtable(_ subtable: Int, type: Int) -> (offset: Int?, Void)? {
        if type == 4 { return (subtable, ()) }
        guard let format = u16(subtable), format == 1, let inner = u16(subtable + 2),
            let offset = u32(subtable + 4)
        else { return nil }
        return (inner == 4 ? subtable + offset : nil, ())
    }

    /// The glyphs of a coverage table, in coverage order.
    fileprivate func coverage(at offset: Int) -> [Int]? {
        guard let format = u16(offset), let count = u16(offset + 2) else { return nil }
        if format == 1 { return u16s(offset + 4, count: count) }
        guard format == 2, let ranges = u16s(offset + 4, count: count * 3) else { return nil }
        var glyphs: [Int] = []
        for i in stride(from: 0, to: ranges.count, by: 3) {
            let (first, last) = (ranges[i], ranges[i + 1])
            guard first <= last, ranges[i + 2] == glyphs.count, glyphs.count <= 0xFFFF else {
                return nil
            }
            glyphs += first...last
        }
        return glyphs
    }
}
