/// Which of so many things are the same, so that what is made of them is made once of each: a
/// folder's epochs show its pictures again and again.
struct SharedRows {
    /// The first place of each different thing.
    let first: [Int]
    /// For each place, which of the different ones is there.
    let rows: [Int]

    /// - Parameter key: What only the same things share.
    init<Key: Hashable>(_ count: Int, by key: (Int) -> Key) {
        var known: [Key: Int] = [:]
        var (first, rows) = ([Int](), [Int]())
        rows.reserveCapacity(count)
        for place in 0..<count {
            let own = key(place)
            let row = known[own] ?? first.count
            if row == first.count {
                known[own] = row
                first.append(place)
            }
            rows.append(row)
        }
        (self.first, self.rows) = (first, rows)
    }
}
