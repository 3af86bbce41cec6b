/// Symbols and their ids. Symbols are compared by their bytes; `String`'s equality would merge
/// different spellings of one character.
struct SymbolTable: Sendable {
    /// The ids that files may give. A table of embeddings has a row for each id up to the largest,
    /// so one huge id would ask for gigabytes; text encoders of more rows are refused as well.
    static let ids = 0...999_999

    private struct Key: Hashable {
        let symbol: String

        static func == (a: Key, b: Key) -> Bool {
            var (a, b) = (a.symbol, b.symbol)
            return a.withUTF8 { a in b.withUTF8 { b in a.count == b.count && a.elementsEqual(b) } }
        }

        func hash(into hasher: inout Hasher) {
            var symbol = symbol
            symbol.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private var ids: [Key: Int32] = [:]
    private var symbols: [Int32: String] = [:]

    var count: Int { ids.count }
    /// One more than the largest id.
    private(set) var idLimit = 0

    init() {}

    init(minimumCapacity: Int) {
        ids.reserveCapacity(minimumCapacity)
        symbols.reserveCapacity(minimumCapacity)
    }

    /// The id of a symbol.
    subscript(symbol: String) -> Int32? { ids[Key(symbol: symbol)] }

    /// The symbol with an id.
    func symbol(_ id: Int32) -> String? { symbols[id] }

    /// False, and nothing changes, where the symbol or the id is taken.
    mutating func insert(_ symbol: String, id: Int32) -> Bool {
        let key = Key(symbol: symbol)
        guard ids[key] == nil, symbols[id] == nil else { return false }
        ids[key] = id
        symbols[id] = symbol
        idLimit = max(idLimit, Int(id) + 1)
        return true
    }
}
