/// The words of a corpus as symbols, and how often each pair of neighbours occurs; kept up to date
/// while pairs are merged.
struct PairTable {
    struct Symbol {
        let bytes: [UInt8]
        let endsWord: Bool

        var text: String { ByteAlphabet.text(bytes) + (endsWord ? "</w>" : "") }
    }

    struct Pair: Hashable {
        let left: Int
        let right: Int
    }

    /// A pair that had this count when it was queued: the more frequent first, then the one whose
    /// symbols come first by their bytes.
    private struct Candidate: Comparable {
        let count: Int
        let pair: Pair
        let key: [UInt8]

        static func < (a: Candidate, b: Candidate) -> Bool {
            a.count != b.count ? a.count > b.count : a.key.lexicographicallyPrecedes(b.key)
        }
    }

    private struct Word {
        var symbols: [Int]
        let count: Int
    }

    /// First the bytes inside a word, then the bytes that end one, then what was merged.
    private(set) var symbols: [Symbol]
    private let longestRun: Int
    private let minimumCount: Int
    private var ids: [[UInt8]: Int] = [:]
    private var words: [Word] = []
    private var counts: [Pair: Int] = [:]
    /// The words in which a pair was seen; it may be gone from some by now.
    private var places: [Pair: [Int]] = [:]
    private var queue = Heap<Candidate>()

    init(longestRun: Int, minimumCount: Int) {
        self.longestRun = longestRun
        self.minimumCount = minimumCount
        symbols = [false, true].flatMap { endsWord in
            ByteAlphabet.order.map { Symbol(bytes: [$0], endsWord: endsWord) }
        }
        for (id, symbol) in symbols.enumerated() { ids[Self.key(symbol)] = id }
    }

    mutating func add(_ bytes: [UInt8], count: Int) {
        var symbols = bytes.map { ids[Self.key(Symbol(bytes: [$0], endsWord: false))]! }
        guard let last = bytes.last else { return }
        symbols[symbols.count - 1] = ids[Self.key(Symbol(bytes: [last], endsWord: true))]!
        for (left, right) in zip(symbols, symbols.dropFirst()) {
            change(Pair(left: left, right: right), by: count, in: words.count)
        }
        words.append(Word(symbols: symbols, count: count))
    }

    /// Queues every pair there is; after the last `add`.
    mutating func start() {
        for pair in counts.keys { enqueue(pair) }
    }

    /// The pair to merge next.
    mutating func popMostFrequent() -> Pair? {
        while let candidate = queue.pop() {
            let count = counts[candidate.pair] ?? 0
            if count == candidate.count { return candidate.pair }
            enqueue(candidate.pair)
        }
        return nil
    }

    /// Replaces a pair by one symbol, everywhere.
    mutating func merge(_ pair: Pair) {
        let (left, right) = (symbols[pair.left], symbols[pair.right])
        let result = id(of: Symbol(bytes: left.bytes + right.bytes, endsWord: right.endsWord))
        var grown: Set<Pair> = []
        for place in Set(places.removeValue(forKey: pair) ?? []).sorted() {
            merge(pair, into: result, in: place, grown: &grown)
        }
        counts[pair] = nil
        for pair in grown { enqueue(pair) }
    }

    /// Different merges may lead to the same symbol.
    private mutating func id(of symbol: Symbol) -> Int {
        let key = Self.key(symbol)
        if let id = ids[key] { return id }
        ids[key] = symbols.count
        symbols.append(symbol)
        return symbols.count - 1
    }

    private mutating func merge(
        _ pair: Pair, into result: Int, in place: Int, grown: inout Set<Pair>
    ) {
        let old = words[place].symbols
        let count = words[place].count
        var new: [Int] = []
        new.reserveCapacity(old.count)
        var position = 0
        while position < old.count {
            guard position + 1 < old.count, old[position] == pair.left,
                old[position + 1] == pair.right
            else {
                new.append(old[position])
                position += 1
                continue
            }
            change(pair, by: -count, in: place)
            if let before = new.last {
                let created = Pair(left: before, right: result)
                change(Pair(left: before, right: pair.left), by: -count, in: place)
                change(created, by: count, in: place)
                grown.insert(created)
            }
            if position + 2 < old.count {
                let created = Pair(left: result, right: old[position + 2])
                change(Pair(left: pair.right, right: old[position + 2]), by: -count, in: place)
                change(created, by: count, in: place)
                grown.insert(created)
            }
            new.append(result)
            position += 2
        }
        words[place].symbols = new
    }

    private mutating func change(_ pair: Pair, by amount: Int, in place: Int) {
        counts[pair, default: 0] += amount
        if amount > 0, places[pair]?.last != place { places[pair, default: []].append(place) }
    }

    private mutating func enqueue(_ pair: Pair) {
        guard let count = counts[pair], count >= minimumCount, mayMerge(pair) else { return }
        let key = Array(symbols[pair.left].text.utf8) + [0] + symbols[pair.right].text.utf8
        queue.push(Candidate(count: count, pair: pair, key: key))
    }

    /// Whether the merged bytes are whole characters, not too many long ones, or lie within one.
    private func mayMerge(_ pair: Pair) -> Bool {
        let bytes = symbols[pair.left].bytes + symbols[pair.right].bytes
        guard bytes.count(where: { $0 >= 0xE0 }) <= longestRun else { return false }
        if String(validating: bytes, as: UTF8.self) != nil { return true }
        let isContinuation = { (byte: UInt8) in byte & 0xC0 == 0x80 }
        return bytes.count < 4 && bytes[0] >= 0x80 && bytes.dropFirst().allSatisfy(isContinuation)
    }

    private static func key(_ symbol: Symbol) -> [UInt8] {
        symbol.bytes + [symbol.endsWord ? 1 : 0]
    }
}
