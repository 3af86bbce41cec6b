import PinxitFiles

extension TorchFile {
    /// A pickle is longer in no checkpoint: a large one's has a megabyte.
    static let longestPickle = 16 << 20

    /// What torch writes since 1.6: a zip archive of `NAME/data.pkl` and `NAME/data/KEY`.
    ///
    /// - Throws: `FileError` when anything is wrong or the file is not complete.
    init(zip file: MappedFile) throws(FileError) {
        let root = try file.withBytes { bytes throws(FileError) in
            guard let archive = try ZipArchive(bytes, path: file.path) else {
                throw Self.incomplete(bytes, path: file.path)
            }
            return try Self.root(archive.entries, bytes, file)
        }
        try self.init(path: file.path, root: root)
    }

    private static func root(
        _ entries: [String: Range<Int>], _ bytes: UnsafeRawBufferPointer, _ file: MappedFile
    ) throws(FileError) -> PickleValue {
        let pickles = entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let name = pickles.first, pickles.count == 1, let range = entries[name] else {
            throw FileError(
                path: file.path,
                problem: "is a zip archive with \(pickles.count) data.pkl; torch's has one")
        }
        let prefix = name.dropLast("data.pkl".count)
        try checkKind(entries, prefix, bytes, file.path)
        guard range.count <= longestPickle else {
            throw FileError(
                path: file.path, field: name,
                problem: "has \(range.count) bytes; at most \(longestPickle) are accepted")
        }
        var machine = PickleMachine(
            UnsafeRawBufferPointer(rebasing: bytes[range]), path: file.path, field: name)
        let node = try machine.run()
        var tree = PickleTree(machine, file: file) { storage throws(FileError) in
            let name = "\(prefix)data/\(storage.key)"
            guard let range = entries[name] else {
                throw FileError(path: file.path, field: name, problem: "is missing")
            }
            let size = storage.elementSize
            guard storage.total <= range.count / size else {
                throw FileError(
                    path: file.path, field: name,
                    problem: "has \(range.count) bytes; \(storage.total) elements of \(size) are "
                        + "needed")
            }
            return range
        }
        return try tree.value(node)
    }

    private static func checkKind(
        _ entries: [String: Range<Int>], _ prefix: Substring, _ bytes: UnsafeRawBufferPointer,
        _ path: String
    ) throws(FileError) {
        if entries["\(prefix)constants.pkl"] != nil {
            throw FileError(
                path: path, problem: "is a TorchScript program; a state dictionary is accepted")
        }
        guard let order = entries["\(prefix)byteorder"] else { return }
        guard bytes[order].elementsEqual("little".utf8) else {
            throw FileError(
                path: path, field: "\(prefix)byteorder", problem: "is not little, which is accepted"
            )
        }
    }

    /// The directory stands at the end: without it, what the pickle speaks of tells the least size.
    private static func incomplete(_ bytes: UnsafeRawBufferPointer, path: String) -> FileError {
        let needed = leastSize(bytes, path: path).map { max($0, bytes.count + 1) }
        return .incomplete(path, bytes.count, needed: needed ?? bytes.count + 1, isExact: false)
    }

    private static func leastSize(_ bytes: UnsafeRawBufferPointer, path: String) -> Int? {
        var cursor = ByteCursor(bytes)
        guard cursor.take(26) != nil, let nameLength = cursor.length(UInt16.self),
            let extraLength = cursor.length(UInt16.self), let name = cursor.take(nameLength),
            name.suffix(8).elementsEqual("data.pkl".utf8), cursor.take(extraLength) != nil
        else { return nil }
        let start = cursor.position
        var machine = PickleMachine(
            UnsafeRawBufferPointer(
                rebasing: bytes[start...].prefix(longestPickle)), path: path, field: "data.pkl")
        guard (try? machine.run()) != nil else { return nil }
        var sizes: [String: Int] = [:]
        for case .storage(let storage) in machine.nodes {
            sizes[storage.key] = checkedProduct([storage.total, storage.elementSize])
        }
        return sizes.values.reduce(start + machine.position) { sum, size in
            let (result, overflow) = sum.addingReportingOverflow(size)
            return overflow ? sum : result
        }
    }
}
