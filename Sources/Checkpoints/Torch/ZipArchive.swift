import PinxitFiles

/// The directory of a zip archive whose entries are stored as they are, which is what torch writes.
///
/// Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, with the 64-bit extension.
struct ZipArchive {
    /// Where each entry's bytes lie in the file; they do not overlap.
    private(set) var entries: [String: Range<Int>] = [:]

    private let path: String
    private let bytes: UnsafeRawBufferPointer

    /// Nil where the end of the directory is missing, as in a file that is not complete.
    ///
    /// - Throws: `FileError` for an entry that is packed, encrypted, outside the file, or twice.
    init?(_ bytes: UnsafeRawBufferPointer, path: String) throws(FileError) {
        self.bytes = bytes
        self.path = path
        guard let end = Self.end(bytes) else { return nil }
        var directory = Directory(bytes, end: end)
        if directory.needs64 { try directory.read64(bytes, end: end, path: path) }
        guard directory.start <= end, directory.size <= end - directory.start,
            directory.count <= directory.size / 46
        else { throw error("directory", "lies outside the file, or is not as long as it says") }
        try read(directory)
        try checkOverlaps()
    }

    /// What the last record says of the directory.
    private struct Directory {
        var count: Int
        var size: Int
        var start: Int

        init(_ bytes: UnsafeRawBufferPointer, end: Int) {
            var cursor = ByteCursor(bytes, at: end + 10)
            count = cursor.length(UInt16.self) ?? 0
            size = cursor.length(UInt32.self) ?? 0
            start = cursor.length(UInt32.self) ?? 0
        }

        var needs64: Bool { count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF }

        mutating func read64(
            _ bytes: UnsafeRawBufferPointer, end: Int, path: String
        ) throws(FileError) {
            let wrong = FileError(path: path, field: "directory", problem: "has no 64-bit record")
            guard end >= 20 else { throw wrong }
            var locator = ByteCursor(bytes, at: end - 20)
            guard locator.integer(UInt32.self) == 0x0706_4B50, locator.take(4) != nil,
                let place = locator.length(UInt64.self), place <= end
            else { throw wrong }
            var cursor = ByteCursor(bytes, at: place)
            guard cursor.integer(UInt32.self) == 0x0606_4B50, cursor.take(28) != nil,
                let count = cursor.length(UInt64.self), let size = cursor.length(UInt64.self),
                let start = cursor.length(UInt64.self)
            else { throw wrong }
            (self.count, self.size, self.start) = (count, size, start)
        }
    }

    private func error(_ field: String, _ problem: String) -> FileError {
        FileError(path: path, field: field, problem: problem)
    }

    /// Where the last record begins: 22 bytes and a comment of up to 65535 before the end.
    private static func end(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let last = bytes.count - 22
        return (max(0, last - 0xFFFF)...last).reversed().first {
            bytes[$0] == 0x50 && bytes[$0 + 1] == 0x4B && bytes[$0 + 2] == 5 && bytes[$0 + 3] == 6
        }
    }

    private mutating func read(_ directory: Directory) throws(FileError) {
        let records = UnsafeRawBufferPointer(
            rebasing: bytes[directory.start..<directory.start + directory.size])
        var cursor = ByteCursor(records)
        for _ in 0..<directory.count {
            guard let record = Record(&cursor) else {
                throw error("directory", "ends within an entry")
            }
            guard record.isStored else {
                throw error(
                    record.name, "is packed or encrypted; entries as torch stores them are accepted"
                )
            }
            let range = try range(record, before: directory.start)
            guard entries.updateValue(range, forKey: record.name) == nil else {
                throw error(record.name, "is there twice")
            }
        }
    }

    /// An entry of the directory.
    private struct Record {
        let name: String
        let isStored: Bool
        var size: Int
        var header: Int

        /// Nil where the bytes end too early.
        init?(_ cursor: inout ByteCursor) {
            guard cursor.integer(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil,
                let flags = cursor.integer(UInt16.self), let method = cursor.integer(UInt16.self),
                cursor.take(8) != nil, let packed = cursor.length(UInt32.self),
                let size = cursor.length(UInt32.self), let nameLength = cursor.length(UInt16.self),
                let extraLength = cursor.length(UInt16.self),
                let commentLength = cursor.length(UInt16.self), cursor.take(8) != nil,
                let header = cursor.length(UInt32.self), let name = cursor.take(nameLength),
                let extra = cursor.take(extraLength), cursor.take(commentLength) != nil
            else { return nil }
            self.name = String(decoding: name, as: UTF8.self)
            self.size = size
            self.header = header
            isStored = method == 0 && flags & 0x2041 == 0 && packed == size
            read64(extra, hasPacked: packed == 0xFFFF_FFFF)
        }

        /// Numbers that 32 bits do not hold stand in a field of their own, in this order.
        private mutating func read64(_ extra: UnsafeRawBufferPointer, hasPacked: Bool) {
            var cursor = ByteCursor(extra)
            while let kind = cursor.integer(UInt16.self), let length = cursor.length(UInt16.self),
                let field = cursor.take(length)
            {
                guard kind == 1 else { continue }
                var numbers = ByteCursor(field)
                if size == 0xFFFF_FFFF { size = numbers.length(UInt64.self) ?? size }
                if hasPacked { _ = numbers.take(8) }
                if header == 0xFFFF_FFFF { header = numbers.length(UInt64.self) ?? header }
            }
        }
    }

    /// Where the bytes lie behind their own header, which repeats the name.
    private func range(_ record: Record, before end: Int) throws(FileError) -> Range<Int> {
        let outside = error(record.name, "lies outside the file")
        guard record.header <= end - 30 else { throw outside }
        var cursor = ByteCursor(bytes, at: record.header)
        guard cursor.integer(UInt32.self) == 0x0403_4B50, cursor.take(22) != nil,
            let name = cursor.length(UInt16.self), let extra = cursor.length(UInt16.self),
            cursor.take(name) != nil, cursor.take(extra) != nil, cursor.position <= end,
            record.size <= end - cursor.position
        else { throw outside }
        return cursor.position..<cursor.position + record.size
    }

    private func checkOverlaps() throws(FileError) {
        var end = 0
        for (name, range) in entries.sorted(by: {
            ($0.value.lowerBound, $0.value.upperBound) < ($1.value.lowerBound, $1.value.upperBound)
        }) {
            guard range.lowerBound >= end else { throw error(name, "overlaps another entry") }
            end = range.upperBound
        }
    }
}
