import FoundationEssentials
import PinxitPlatform

/// Arguments as libpq takes them, for as long as a statement runs.
struct PostgresArguments {
    let values: [UnsafePointer<CChar>?]
    let lengths: [Int32]
    /// 1 for bytes, 0 for text.
    let formats: [Int32]

    init(_ arguments: [any SQLConvertible]) {
        let all = arguments.map(\.sqlValue)
        values = all.map { Self.copy($0) }
        lengths = all.map { if case .bytes(let bytes) = $0 { Int32(bytes.count) } else { 0 } }
        formats = all.map { if case .bytes = $0 { 1 } else { 0 } }
    }

    private static func copy(_ value: SQLValue) -> UnsafePointer<CChar>? {
        switch value {
        case .null: nil
        case .integer(let number): text("\(number)")
        case .real(let number): text("\(number)")
        // A text there has no zero in it.
        case .text(let words): text(words.replacing("\0", with: "\u{FFFD}"))
        case .bytes(let bytes): copy(bytes)
        }
    }

    private static func text(_ text: String) -> UnsafePointer<CChar>? {
        UnsafePointer(strdup(text))
    }

    private static func copy(_ bytes: Data) -> UnsafePointer<CChar>? {
        guard let copy = malloc(max(bytes.count, 1)) else {
            preconditionFailure("no memory for \(bytes.count) bytes")
        }
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyMemory(from: source)
        }
        return UnsafePointer(copy.assumingMemoryBound(to: CChar.self))
    }

    /// Lets go of the copies.
    func free() {
        for value in values { PinxitPlatform.free(UnsafeMutablePointer(mutating: value)) }
    }
}
