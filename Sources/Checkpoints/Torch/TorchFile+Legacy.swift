import PinxitFiles

extension TorchFile {
    /// What torch wrote before 1.6: five pickles, and the storages in the order of the last.
    ///
    /// - Throws: `FileError` when anything is wrong or the file is not complete.
    init(legacy file: MappedFile) throws(FileError) {
        let root = try file.withBytes { bytes throws(FileError) in
            try Self.legacyRoot(bytes, file)
        }
        try self.init(path: file.path, root: root)
    }

    /// 0x1950a86a20f9469cfc6c, lowest byte first.
    private static let magic: [UInt8] = [
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]

    private static func legacyRoot(
        _ bytes: UnsafeRawBufferPointer, _ file: MappedFile
    ) throws(FileError) -> PickleValue {
        var machine = PickleMachine(
            UnsafeRawBufferPointer(rebasing: bytes.prefix(longestPickle)), path: file.path,
            field: "pickle")
        guard case .longInteger(magic) = try machine.next() else {
            throw FileError(
                path: file.path,
                problem: "is a pickle, but not one of torch.save, which is accepted")
        }
        guard try machine.next().integer == 1001 else {
            throw machine.error("another version of the format than 1001")
        }
        try checkOrder(try machine.next(), machine)
        let root = try machine.run()
        let keys = try machine.next().elements?.compactMap { machine.nodes[$0].text }
        let ranges = try storages(keys ?? [], machine, bytes, file.path)
        var tree = PickleTree(machine, file: file) { storage throws(FileError) in
            guard let range = ranges[storage.key],
                storage.total <= range.count / storage.elementSize
            else {
                throw FileError(
                    path: file.path, field: "storage \(storage.key)",
                    problem: "is missing, or has fewer elements than its tensors")
            }
            return range
        }
        return try tree.value(root)
    }

    private static func checkOrder(
        _ system: PickleNode, _ machine: PickleMachine
    ) throws(FileError) {
        guard case .dictionary(let members) = system else {
            throw machine.error("no description of the system")
        }
        for index in stride(from: 0, to: members.count, by: 2) {
            if machine.nodes[members[index]].text == "little_endian",
                case .bool(false) = machine.nodes[members[index + 1]]
            {
                throw machine.error("big-endian numbers; little-endian ones are accepted,")
            }
        }
    }

    /// Behind the pickles: the count of its elements before each storage.
    private static func storages(
        _ keys: [String], _ machine: PickleMachine, _ bytes: UnsafeRawBufferPointer, _ path: String
    ) throws(FileError) -> [String: Range<Int>] {
        var sizes: [String: (element: Int, total: Int)] = [:]
        for case .storage(let storage) in machine.nodes {
            sizes[storage.key] = (storage.elementSize, storage.total)
        }
        var ranges: [String: Range<Int>] = [:]
        var end = machine.position
        for key in keys {
            guard let size = sizes[key],
                let length = checkedProduct([size.total, size.element]),
                length <= 1 << 48, end <= 1 << 56
            else { throw machine.error("storage \(key), which no tensor has,") }
            var cursor = ByteCursor(bytes, at: min(end, bytes.count))
            if let count = cursor.integer(Int64.self), count != size.total {
                throw machine.error("storage \(key) of \(count) elements in place of \(size.total)")
            }
            end += 8 + length
            guard ranges.updateValue(end - length..<end, forKey: key) == nil else {
                throw machine.error("storage \(key) twice")
            }
        }
        guard end <= bytes.count else {
            throw .incomplete(path, bytes.count, needed: end, isExact: true)
        }
        return ranges
    }
}
