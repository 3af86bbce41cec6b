import PinxitFiles

/// The checked header of a GGUF file.
struct GGUFHeader {
    private static let highestRank = 8

    private(set) var values: [String: GGUFValue] = [:]
    private(set) var tensors: [String: GGUFFile.Entry] = [:]

    private let file: MappedFile
    private var cursor: ByteCursor

    /// Once this returns, every tensor's bytes lie in the file, belong to no other tensor, and are
    /// as many as its shape needs.
    init(_ bytes: UnsafeRawBufferPointer, file: MappedFile) throws(FileError) {
        self.file = file
        cursor = ByteCursor(bytes, at: 4)
        let version = try required(cursor.integer(UInt32.self))
        guard version == 2 || version == 3 else {
            throw error("version", "is \(version); 2 and 3 are accepted")
        }
        let tensorCount = try count(cursor.length(UInt64.self), "tensor_count", each: 24)
        let valueCount = try count(cursor.length(UInt64.self), "kv_count", each: 13)
        for _ in 0..<valueCount { try readValue() }
        try checkParts()
        var infos: [Info] = []
        for _ in 0..<tensorCount { infos.append(try info()) }
        try place(infos)
    }

    private struct Info {
        let name: String
        let type: GGUFType
        let shape: [Int]
        let offset: Int
        let byteCount: Int
    }

    private func error(_ field: String, _ problem: String) -> FileError {
        FileError(path: file.path, field: field, problem: problem)
    }

    /// - Throws: `FileError` where the file ended.
    private func required<Value>(_ value: Value?) throws(FileError) -> Value {
        guard let value else {
            throw .incomplete(
                file.path, cursor.bytes.count, needed: cursor.bytes.count + 1, isExact: false)
        }
        return value
    }

    /// How many of something follow, of which each takes some bytes at least.
    private func count(_ count: Int?, _ field: String, each: Int) throws(FileError) -> Int {
        guard let count, count <= 1 << 32 else {
            throw error(field, "is more than can be counted")
        }
        guard count <= cursor.remaining / each else {
            throw .incomplete(
                file.path, cursor.bytes.count, needed: cursor.position + count * each,
                isExact: false)
        }
        return count
    }

    private mutating func string(_ field: String) throws(FileError) -> String {
        let length = try count(try required(cursor.length(UInt64.self)), field, each: 1)
        return String(decoding: try required(cursor.take(length)), as: UTF8.self)
    }

    private mutating func readValue() throws(FileError) {
        let key = try string("key")
        let type = try required(cursor.integer(UInt32.self))
        guard values.updateValue(try value(type, key), forKey: key) == nil else {
            throw error(key, "is there twice")
        }
    }

    private mutating func value(_ type: UInt32, _ key: String) throws(FileError) -> GGUFValue {
        guard type == 9 else { return try scalar(type, key) }
        let element = try required(cursor.integer(UInt32.self))
        guard let size = GGUFValue.size(of: element) else {
            throw error(key, "is an array of type \(element); 0 to 8 and 10 to 12 are accepted")
        }
        let count = try count(try required(cursor.length(UInt64.self)), key, each: size)
        var values: [GGUFValue] = []
        for index in 0..<count {
            let value = try scalar(element, key)
            if index < GGUFValue.longest { values.append(value) }
        }
        return .array(values, count: count)
    }

    private mutating func scalar(_ type: UInt32, _ key: String) throws(FileError) -> GGUFValue {
        switch type {
        case 0: .integer(Int(try required(cursor.integer(UInt8.self))))
        case 1: .integer(Int(try required(cursor.integer(Int8.self))))
        case 2: .integer(Int(try required(cursor.integer(UInt16.self))))
        case 3: .integer(Int(try required(cursor.integer(Int16.self))))
        case 4: .integer(Int(try required(cursor.integer(UInt32.self))))
        case 5: .integer(Int(try required(cursor.integer(Int32.self))))
        case 6: .text("\(Float(bitPattern: try required(cursor.integer(UInt32.self))))")
        case 7: .text(try required(cursor.integer(UInt8.self)) == 0 ? "false" : "true")
        case 8: .text(try string(key))
        case 10: .text("\(try required(cursor.integer(UInt64.self)))")
        case 11: .integer(Int(try required(cursor.integer(Int64.self))))
        case 12: .text("\(Double(bitPattern: try required(cursor.integer(UInt64.self))))")
        default: throw error(key, "has type \(type); 0 to 12 are accepted")
        }
    }

    private func checkParts() throws(FileError) {
        guard case .integer(let parts) = values["split.count"], parts > 1 else { return }
        throw error(
            "split.count", "is one of \(parts) parts; `llama-gguf-split --merge` makes one of them")
    }

    private mutating func info() throws(FileError) -> Info {
        let name = try string("name of a tensor")
        let rank = Int(try required(cursor.integer(UInt32.self)))
        guard rank <= Self.highestRank else {
            throw error(name, "has \(rank) dimensions; at most \(Self.highestRank) are accepted")
        }
        var sizes: [Int] = []
        for _ in 0..<rank {
            guard let size = try required(cursor.integer(UInt64.self).map { Int(exactly: $0) })
            else { throw error(name, "has a size that cannot be counted") }
            sizes.append(size)
        }
        let number = try required(cursor.integer(UInt32.self))
        guard let type = GGUFType(rawValue: number) else {
            let known = GGUFType.allCases.map(\.name).joined(separator: ", ")
            throw error(name, "is \(GGUFType.name(number)); \(known) are accepted")
        }
        let offset = Int(truncatingIfNeeded: try required(cursor.integer(UInt64.self)))
        let (elements, bytes) = type.block
        let row = sizes.first ?? 1
        guard row % elements == 0 else {
            throw error(
                name, "has rows of \(row); \(type.name) needs a multiple of \(elements)")
        }
        guard let count = checkedProduct(sizes),
            let size = checkedProduct([count / elements, bytes])
        else { throw error(name, "of sizes \(sizes) needs more bytes than can be counted") }
        return Info(
            name: name, type: type, shape: try shape(name, sizes, count), offset: offset,
            byteCount: size)
    }

    /// ComfyUI-GGUF folds rows that no block divides, and notes the shape they had.
    private func shape(_ name: String, _ sizes: [Int], _ count: Int) throws(FileError) -> [Int] {
        let field = "comfy.gguf.orig_shape.\(name)"
        guard let value = values[field] else { return sizes.reversed() }
        guard let shape = value.integers, shape.allSatisfy({ $0 >= 0 }),
            checkedProduct(shape) == count
        else {
            throw error(field, "is \(value.text), which does not hold the \(count) elements")
        }
        return shape
    }

    private mutating func place(_ infos: [Info]) throws(FileError) {
        let alignment: Int
        switch values["general.alignment"] {
        case nil: alignment = 32
        case .integer(let value) where value > 0 && value <= 1 << 20: alignment = value
        default: throw error("general.alignment", "is none; 1 to \(1 << 20) is accepted")
        }
        let start = (cursor.position + alignment - 1) / alignment * alignment
        var end = start
        for info in infos.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
            let (first, overflow) = start.addingReportingOverflow(info.offset)
            guard info.offset >= 0, !overflow, first >= end else {
                throw error(info.name, "overlaps another tensor at offset \(info.offset)")
            }
            let (last, beyond) = first.addingReportingOverflow(info.byteCount)
            guard !beyond else { throw error(info.name, "ends beyond what can be counted") }
            end = last
            let entry = GGUFFile.Entry(
                type: info.type, shape: info.shape, bytes: first..<last, file: file)
            guard tensors.updateValue(entry, forKey: info.name) == nil else {
                throw error(info.name, "is there twice")
            }
        }
        guard infos.isEmpty || end <= cursor.bytes.count else {
            throw .incomplete(file.path, cursor.bytes.count, needed: end, isExact: true)
        }
    }
}
