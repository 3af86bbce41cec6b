import PinxitFiles

/// Reads pickles of protocol 2 and later, as torch writes them, into plain values and descriptions
/// of tensors. A pickle is a program that builds values; here it may build what ``PickleGlobal``
/// lists, and call nothing.
///
/// Format: CPython's `Lib/pickletools.py`.
struct PickleMachine {
    let path: String
    /// The part of the file, for messages.
    let field: String
    /// Bytes that calls have copied.
    var copied = 0
    /// All values so far.
    var nodes: [PickleNode] = []
    var cursor: ByteCursor
    var stack: [Int] = []
    var marks: [Int] = []
    var memo: [Int: Int] = [:]
    var nextMemo = 0

    /// Reads from the start of the bytes; each pickle takes what it needs.
    init(_ bytes: UnsafeRawBufferPointer, path: String, field: String) {
        (self.path, self.field) = (path, field)
        cursor = ByteCursor(bytes)
    }

    /// Bytes read so far.
    var position: Int { cursor.position }

    func error(_ problem: String) -> FileError {
        FileError(path: path, field: field, problem: "\(problem) at byte \(cursor.position)")
    }

    /// Reads a pickle and returns the place of its value.
    ///
    /// - Throws: `FileError` for anything that is not well formed or not on the list.
    mutating func run() throws(FileError) -> Int {
        (stack, marks, memo, nextMemo) = ([], [], [:], 0)
        while true {
            guard let code = cursor.integer(UInt8.self) else { throw error("the pickle ends") }
            if code == UInt8(ascii: ".") { return try pop() }
            if try value(code) { continue }
            if try sequence(code) { continue }
            if try dictionary(code) { continue }
            if try stackOperation(code) { continue }
            guard try object(code) else {
                throw error(
                    "opcode \(code) is not accepted, only those of protocol 2 and later that "
                        + "torch writes,")
            }
        }
    }

    /// Reads a pickle and returns its value.
    mutating func next() throws(FileError) -> PickleNode {
        let place = try run()
        return nodes[place]
    }

    // MARK: The stack

    mutating func add(_ node: PickleNode) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    mutating func push(_ node: PickleNode) { stack.append(add(node)) }

    /// What lies below a mark belongs to whoever set it.
    mutating func pop() throws(FileError) -> Int {
        guard stack.count > marks.last ?? 0 else { throw error("a value is missing") }
        return stack.removeLast()
    }

    func top() throws(FileError) -> Int {
        guard stack.count > marks.last ?? 0 else { throw error("a value is missing") }
        return stack[stack.count - 1]
    }

    /// All above the last mark, which is taken away.
    mutating func popToMark() throws(FileError) -> [Int] {
        guard let mark = marks.popLast() else { throw error("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    func required<Value>(_ value: Value?) throws(FileError) -> Value {
        guard let value else { throw error("the pickle ends within a value") }
        return value
    }
}
