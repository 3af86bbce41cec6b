/// Checks that configurations of networks share: a value is within bounds, or the one that is
/// supported.
extension JSONField {
    /// Throws unless the field is absent or null.
    public func requireNull() throws(FileError) {
        if exists { throw error("null") }
    }

    /// Throws unless the field is absent, null or one of `accepted`.
    public func require(_ accepted: String...) throws(FileError) {
        guard exists else { return }
        let value = try string()
        if !accepted.contains(value) { throw unsupported("\"\(value)\"", accepted) }
    }

    /// Throws unless the field is absent, null or that truth value, or a list of it.
    public func require(_ accepted: Bool) throws(FileError) {
        if case .array = value {
            for field in try array() { try field.require(accepted) }
        } else if try bool(or: accepted) != accepted {
            throw unsupported("\(!accepted)", ["\(accepted)"])
        }
    }

    /// Throws unless the field is absent, null or that number.
    public func require(_ accepted: Double) throws(FileError) {
        let value = try double(or: accepted)
        if value != accepted { throw unsupported(plain(value), [plain(accepted)]) }
    }

    /// A number above 0 that is finite.
    public func positive(or fallback: Double) throws(FileError) -> Double {
        let value = try double(or: fallback)
        guard value > 0, value.isFinite else { throw unsupported("\(value)", ["a number above 0"]) }
        return value
    }

    /// A size within bounds that keep products of sizes computable.
    public func size(or fallback: Int, in range: ClosedRange<Int> = 1...16384) throws(FileError)
        -> Int
    {
        let value = try int(or: fallback)
        guard range.contains(value) else {
            throw unsupported("\(value)", ["\(range.lowerBound) to \(range.upperBound)"])
        }
        return value
    }

    /// Throws unless so many heads of attention divide a width, and none is wider than the kernels
    /// take.
    public func requireHeads(_ heads: Int, of width: Int) throws(FileError) {
        guard width % heads == 0, width / heads <= 512 else {
            throw unsupported(
                "\(heads)", ["a divisor of \(width) that leaves heads of at most 512"])
        }
    }

    /// A list of sizes, not empty.
    public func sizes(
        or fallback: [Int], in range: ClosedRange<Int> = 1...16384
    ) throws(FileError) -> [Int] {
        guard exists else { return fallback }
        var sizes: [Int] = []
        for element in try array() {
            guard element.exists else { throw element.error("an integer") }
            sizes.append(try element.size(or: 1, in: range))
        }
        guard (1...16).contains(sizes.count) else {
            throw unsupported("a list of \(sizes.count)", ["1 to 16 sizes"])
        }
        return sizes
    }

    /// A size for each of `count` blocks, written as one number for all or as a list.
    public func sizes(
        count: Int, or fallback: Int, in range: ClosedRange<Int> = 1...16384
    ) throws(FileError) -> [Int] {
        guard case .array = value else {
            return [Int](repeating: try size(or: fallback, in: range), count: count)
        }
        let list = try sizes(or: [], in: range)
        guard list.count == count else {
            throw unsupported("a list of \(list.count)", ["one number", "a list of \(count)"])
        }
        return list
    }

    /// An error that shows the value and what would be accepted.
    public func unsupported(_ value: String, _ accepted: [String]) -> FileError {
        FileError(
            path: file, field: path,
            problem: "\(value) is not supported; accepted: \(accepted.joined(separator: " or "))")
    }
}

/// A whole number without its fraction of 0.
private func plain(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
}
