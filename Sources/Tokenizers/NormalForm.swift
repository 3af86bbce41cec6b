/// Unicode's normalisation form C on scalars (Unicode Standard Annex 15): canonical decomposition,
/// canonical order, composition.
///
/// Foundation has it too, but with it comes ICU, which costs more start-up time than a whole
/// prompt.
enum NormalForm {
    /// The text in form C.
    static func composed(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        let scalars = Array(text)
        guard scalars.contains(where: mayChange) else { return scalars }
        var decomposed: [Unicode.Scalar] = []
        decomposed.reserveCapacity(scalars.count + 8)
        for scalar in scalars { decompose(scalar, into: &decomposed) }
        reorder(&decomposed)
        return compose(decomposed)
    }

    /// False for the scalars that form C never touches, whatever stands beside them: up to U+02FF,
    /// and Han.
    private static func mayChange(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300, 0x3400...0x9FFF, 0xFF01...0xFF20: false
        default: true
        }
    }

    // MARK: Tables

    private struct Tables: Sendable {
        var decompositions: [UInt32: [Unicode.Scalar]] = [:]
        var compositions: [UInt64: Unicode.Scalar] = [:]
    }

    private static let tables: Tables = {
        var tables = Tables()
        for entry in "\(canonicalDecompositions)".split(separator: " ") {
            let composes = entry.contains(":")
            let sides = entry.split(separator: composes ? ":" : "!")
            let parts = sides[1].split(separator: "+").map(scalar)
            tables.decompositions[scalar(sides[0]).value] = parts
            if composes { tables.compositions[pair(parts[0], parts[1])] = scalar(sides[0]) }
        }
        return tables
    }()

    private static func scalar(_ hexadecimal: Substring) -> Unicode.Scalar {
        Unicode.Scalar(UInt32(hexadecimal, radix: 16)!)!
    }

    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(first.value) << 32 | UInt64(second.value)
    }

    // MARK: The three steps

    private static func decompose(_ scalar: Unicode.Scalar, into result: inout [Unicode.Scalar]) {
        if let syllable = Hangul.decomposed(scalar) {
            result += syllable
        } else if let parts = tables.decompositions[scalar.value] {
            for part in parts { decompose(part, into: &result) }
        } else {
            result.append(scalar)
        }
    }

    /// Sorts every run of combining marks by class, keeping the order of equal ones.
    private static func reorder(_ scalars: inout [Unicode.Scalar]) {
        var start = 0
        while start < scalars.count {
            var end = start
            while end < scalars.count, combiningClass(scalars[end]) != 0 { end += 1 }
            if end - start > 1 {
                let run = scalars[start..<end].map { ($0, combiningClass($0)) }
                // The standard library's sort is stable, but does not promise it.
                let sorted = run.enumerated().sorted {
                    ($0.element.1, $0.offset) < ($1.element.1, $1.offset)
                }
                scalars.replaceSubrange(start..<end, with: sorted.map(\.element.0))
            }
            start = max(end, start + 1)
        }
    }

    private static func compose(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass = 0
        for scalar in scalars {
            let scalarClass = combiningClass(scalar)
            // A mark is blocked from the starter by one of its own class or higher between them.
            let isAdjacent = starter == result.count - 1
            if let starter, isAdjacent || (lastClass < scalarClass && lastClass != 0),
                let composite = composite(result[starter], scalar)
            {
                result[starter] = composite
                continue
            }
            if scalarClass == 0 { starter = result.count }
            lastClass = scalarClass
            result.append(scalar)
        }
        return result
    }

    private static func composite(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar
    ) -> Unicode.Scalar? {
        Hangul.composed(first, second) ?? tables.compositions[pair(first, second)]
    }

    private static func combiningClass(_ scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x300 ? 0 : Int(scalar.properties.canonicalCombiningClass.rawValue)
    }
}

/// Korean syllables compose by arithmetic (The Unicode Standard, section 3.12).
private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let (leads, vowels, trails): (UInt32, UInt32, UInt32) = (0x1100, 0x1161, 0x11A7)
    static let (leadCount, vowelCount, trailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)

    static func decomposed(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        let index = scalar.value &- syllables
        guard index < leadCount * vowelCount * trailCount else { return nil }
        let parts = [
            leads + index / (vowelCount * trailCount),
            vowels + index % (vowelCount * trailCount) / trailCount,
            trails + index % trailCount,
        ]
        return (parts[2] == trails ? parts[..<2] : parts[...]).map { Unicode.Scalar($0)! }
    }

    static func composed(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        let (lead, vowel) = (first.value &- leads, second.value &- vowels)
        if lead < leadCount, vowel < vowelCount {
            return Unicode.Scalar(syllables + (lead * vowelCount + vowel) * trailCount)
        }
        let (syllable, trail) = (first.value &- syllables, second.value &- trails)
        guard syllable < leadCount * vowelCount * trailCount, syllable % trailCount == 0,
            (1..<trailCount).contains(trail)
        else { return nil }
        return Unicode.Scalar(first.value + trail)
    }
}
