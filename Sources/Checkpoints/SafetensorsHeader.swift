import PinxitFiles

/// The checked header of a safetensors file.
struct SafetensorsHeader {
    /// The reference implementation's limit.
    static let largest = 100_000_000
    static let highestRank = 32

    var entries: [String: SafetensorsFile.Entry] = [:]
    var metadata: [String: String] = [:]

    private let path: String
    private let data: Range<Int>

    /// Reads the header from the bytes of a whole file. Once this returns, every entry's bytes lie
    /// in the file, belong to no other entry, and are as many as its shape needs.
    init(_ file: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
        self.path = path
        if let other = ForeignFile(file) { throw other.error(path) }
        let length = try Self.length(file, path: path)
        data = 8 + length..<file.count
        // Copied, because another process may change the file while it is being checked.
        let text = [UInt8](file[8..<8 + length])
        guard text.first == UInt8(ascii: "{") else {
            throw CheckpointError(
                path: path, field: "header", problem: "expected a JSON object, starting with {")
        }
        let json: JSONValue
        do {
            json = try text.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
                // Shapes are the longest; longer ones than that would take gigabytes.
                try JSONValue(
                    parsing: UnsafeRawBufferPointer(bytes), longestArray: 2 * Self.highestRank)
            }
        } catch {
            throw CheckpointError(path: path, field: "header", problem: error.description)
        }
        try read(JSONField(file: path, path: "", value: json))
        try checkCoverage()
    }

    private static func length(
        _ file: UnsafeRawBufferPointer, path: String
    ) throws(CheckpointError) -> Int {
        guard file.count >= 8 else {
            throw CheckpointError(
                path: path, problem: "holds \(file.count) bytes; a safetensors file has at least 8")
        }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        if length > file.count - 8, length <= largest, file.count > 8, file[8] == UInt8(ascii: "{")
        {
            throw .incomplete(path, file.count, needed: Int(length) + 8, isExact: false)
        }
        let limit = min(largest, file.count - 8)
        guard length >= 2, length <= limit else {
            throw CheckpointError(
                path: path, field: "header length",
                problem: "is \(length); from 2 to \(limit) bytes are accepted in this file")
        }
        return Int(length)
    }

    private mutating func read(_ header: JSONField) throws(CheckpointError) {
        try checkLength(header)
        for (name, field) in try header.members() {
            if name == "__metadata__" {
                try readMetadata(field)
                continue
            }
            // Two names that differ in bytes only may still be equal as strings.
            guard entries.updateValue(try entry(field), forKey: name) == nil else {
                throw CheckpointError(path: path, field: name, problem: "is there twice")
            }
        }
    }

    /// A download that ended early has all of the header and some of the data.
    private func checkLength(_ header: JSONField) throws(CheckpointError) {
        let ends = try header.members().compactMap { _, field -> Int? in
            guard let offsets = try? field["data_offsets"].ints(), offsets.count == 2 else {
                return nil
            }
            return offsets[1]
        }
        guard let end = ends.max(), end > data.count, end <= 1 << 48 else { return }
        throw .incomplete(path, data.upperBound, needed: data.lowerBound + end, isExact: true)
    }

    private mutating func readMetadata(_ field: JSONField) throws(CheckpointError) {
        guard field.exists else { return }
        for (name, value) in try field.members() { metadata[name] = try value.string() }
    }

    private func entry(_ field: JSONField) throws(CheckpointError) -> SafetensorsFile.Entry {
        let name = try field["dtype"].string()
        guard let type = SafetensorsType(rawValue: name) else {
            let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
            throw CheckpointError(
                path: path, field: field["dtype"].path,
                problem: "\"\(name)\" is not one of \(known)")
        }
        let shape = try shape(field["shape"])
        let range = try range(field["data_offsets"])
        let count = checkedProduct(shape + [type.size])
        guard count == range.count else {
            let needed = count.map(String.init) ?? "more bytes than can be counted"
            throw CheckpointError(
                path: path, field: field.path,
                problem:
                    "\(name) of shape \(shape) needs \(needed), its offsets span \(range.count)")
        }
        return SafetensorsFile.Entry(type: type, shape: shape, byteRange: range)
    }

    private func shape(_ field: JSONField) throws(CheckpointError) -> [Int] {
        let shape = try field.ints()
        guard shape.count <= Self.highestRank, shape.allSatisfy({ $0 >= 0 }) else {
            throw field.error("at most \(Self.highestRank) sizes that are not negative")
        }
        return shape
    }

    /// Offsets within the data as positions in the file.
    private func range(_ field: JSONField) throws(CheckpointError) -> Range<Int> {
        let offsets = try field.ints()
        guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1],
            offsets[1] <= data.count
        else {
            throw CheckpointError(
                path: path, field: field.path,
                problem: "is \(offsets); two ascending offsets up to \(data.count) are accepted")
        }
        return data.lowerBound + offsets[0]..<data.lowerBound + offsets[1]
    }

    /// Like the reference: in the order of their offsets the tensors touch, from the first byte of
    /// the data to the last.
    private func checkCoverage() throws(CheckpointError) {
        var end = data.lowerBound
        let sorted = entries.sorted {
            let (a, b) = ($0.value.byteRange, $1.value.byteRange)
            return (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
        }
        for (name, entry) in sorted {
            guard entry.byteRange.lowerBound == end else {
                throw CheckpointError(
                    path: path, field: "\(name).data_offsets",
                    problem: "starts at \(entry.byteRange.lowerBound - data.lowerBound), where "
                        + "\(end - data.lowerBound) leaves neither a gap nor an overlap")
            }
            end = entry.byteRange.upperBound
        }
        guard end == data.upperBound else {
            throw CheckpointError(
                path: path,
                problem: "\(data.upperBound - end) bytes at the end belong to no tensor")
        }
    }
}
