/// Byte-pair encoding of one word (Sennrich, Haddow, Birch 2016): while some neighbours have a
/// merge, the one learned first is applied, the leftmost where it occurs more than once.
struct BytePairEncoding: Sendable {
    struct Merge: Sendable {
        let rank: Int32
        let result: Int32
    }

    /// The id of each byte inside a word, and of each byte that ends one.
    private let inner: [Int32]
    private let final: [Int32]
    private let merges: [UInt64: Merge]

    /// - Parameter unknown: the id of a byte the vocabulary lacks.
    init(symbols: SymbolTable, merges: [UInt64: Merge], unknown: Int32) {
        let texts = (0...255).map { ByteAlphabet.text(CollectionOfOne(UInt8($0))) }
        inner = texts.map { symbols[$0] ?? unknown }
        final = texts.map { symbols[$0 + "</w>"] ?? unknown }
        self.merges = merges
    }

    static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// A merge that was possible when it was queued.
    private struct Candidate: Comparable {
        let rank: Int32
        let position: Int32
        let pair: UInt64
        let result: Int32

        static func < (a: Candidate, b: Candidate) -> Bool {
            (a.rank, a.position) < (b.rank, b.position)
        }
    }

    /// The ids of a word given as its bytes, in time n log n.
    func encode(_ word: [UInt8]) -> [Int32] { encode(word, endsWord: true) }

    /// The same of bytes that may lie within a word.
    func encode(_ bytes: [UInt8], endsWord: Bool) -> [Int32] {
        guard let last = bytes.last else { return [] }
        let ids =
            bytes.dropLast().map { inner[Int($0)] } + [(endsWord ? final : inner)[Int(last)]]
        var chain = Chain(ids: ids)
        var queue = Heap<Candidate>()
        for position in ids.indices { enqueue(position, of: chain, into: &queue) }
        while let candidate = queue.pop() {
            let position = Int(candidate.position)
            guard chain.pair(at: position) == candidate.pair else { continue }
            chain.merge(at: position, into: candidate.result)
            enqueue(chain.previous[position], of: chain, into: &queue)
            enqueue(position, of: chain, into: &queue)
        }
        return chain.ids.filter { $0 != Chain.gone }
    }

    private func enqueue(_ position: Int, of chain: Chain, into queue: inout Heap<Candidate>) {
        guard position >= 0, let pair = chain.pair(at: position), let merge = merges[pair] else {
            return
        }
        queue.push(
            Candidate(
                rank: merge.rank, position: Int32(position), pair: pair, result: merge.result))
    }
}

/// The symbols of a word as a linked list in an array.
private struct Chain {
    static let gone: Int32 = -1

    var ids: [Int32]
    var previous: [Int]
    var next: [Int]

    init(ids: [Int32]) {
        self.ids = ids
        previous = ids.indices.map { $0 - 1 }
        next = ids.indices.map { $0 + 1 }
    }

    /// The symbol at a position and its right neighbour, unless one is gone.
    func pair(at position: Int) -> UInt64? {
        guard ids[position] != Self.gone, next[position] < ids.count else { return nil }
        return BytePairEncoding.pair(ids[position], ids[next[position]])
    }

    mutating func merge(at position: Int, into id: Int32) {
        let neighbour = next[position]
        ids[position] = id
        ids[neighbour] = Self.gone
        next[position] = next[neighbour]
        if next[position] < ids.count { previous[next[position]] = position }
    }
}
