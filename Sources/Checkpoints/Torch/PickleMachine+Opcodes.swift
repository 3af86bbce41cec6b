import PinxitFiles

/// Each of these tells whether the code is one of its own, and does what it says.
extension PickleMachine {
    /// Values that stand in the pickle itself.
    mutating func value(_ code: UInt8) throws(FileError) -> Bool {
        switch Character(UnicodeScalar(code)) {
        case "N": push(.none)
        case "\u{88}": push(.bool(true))
        case "\u{89}": push(.bool(false))
        case "J": push(.integer(Int(try required(cursor.integer(Int32.self)))))
        case "K": push(.integer(Int(try required(cursor.integer(UInt8.self)))))
        case "M": push(.integer(Int(try required(cursor.integer(UInt16.self)))))
        case "\u{8A}": push(integer(try counted(cursor.length(UInt8.self))))
        case "\u{8B}": push(integer(try counted(cursor.length(UInt32.self))))
        case "G":
            let bits = try required(cursor.integer(UInt64.self)).byteSwapped
            push(.number(Double(bitPattern: bits)))
        case "X": push(try text(cursor.length(UInt32.self)))
        case "\u{8C}": push(try text(cursor.length(UInt8.self)))
        case "\u{8D}": push(try text(cursor.length(UInt64.self)))
        case "T": push(try text(cursor.length(UInt32.self)))
        case "U": push(try text(cursor.length(UInt8.self)))
        case "B": push(.bytes(Array(try counted(cursor.length(UInt32.self)))))
        case "C": push(.bytes(Array(try counted(cursor.length(UInt8.self)))))
        case "\u{8E}", "\u{96}": push(.bytes(Array(try counted(cursor.length(UInt64.self)))))
        default: return false
        }
        return true
    }

    private mutating func counted(_ count: Int?) throws(FileError) -> UnsafeRawBufferPointer {
        try required(cursor.take(try required(count)))
    }

    private mutating func text(_ count: Int?) throws(FileError) -> PickleNode {
        .string(String(decoding: try counted(count), as: UTF8.self))
    }

    private func integer(_ bytes: UnsafeRawBufferPointer) -> PickleNode {
        guard bytes.count <= 8 else { return .longInteger(Array(bytes)) }
        var bits: UInt64 = 0
        for (index, byte) in bytes.enumerated() { bits |= UInt64(byte) << UInt64(8 * index) }
        let unused = UInt64(64 - 8 * bytes.count)
        return .integer(bytes.isEmpty ? 0 : Int(Int64(bitPattern: bits << unused) >> Int64(unused)))
    }

    mutating func sequence(_ code: UInt8) throws(FileError) -> Bool {
        switch Character(UnicodeScalar(code)) {
        case "]", "\u{8F}": push(.list([]))
        case ")": push(.tuple([]))
        case "l": push(.list(try popToMark()))
        case "t", "\u{91}": push(.tuple(try popToMark()))
        case "\u{85}": push(.tuple([try pop()]))
        case "\u{86}":
            let b = try pop()
            push(.tuple([try pop(), b]))
        case "\u{87}":
            let (c, b) = (try pop(), try pop())
            push(.tuple([try pop(), b, c]))
        case "a": try extend([try pop()])
        case "e", "\u{90}": try extend(try popToMark())
        default: return false
        }
        return true
    }

    private mutating func extend(_ values: [Int]) throws(FileError) {
        let list = try top()
        switch nodes[list] {
        case .list(var elements):
            nodes[list] = .none  // Else the elements would be copied.
            elements += values
            nodes[list] = .list(elements)
        case .object: break
        default: throw error("elements are added to what is no list")
        }
    }

    mutating func dictionary(_ code: UInt8) throws(FileError) -> Bool {
        switch Character(UnicodeScalar(code)) {
        case "}": push(.dictionary([]))
        case "d":
            let values = try popToMark()
            push(.dictionary([]))
            try setItems(values)
        case "s":
            let value = try pop()
            try setItems([try pop(), value])
        case "u": try setItems(try popToMark())
        default: return false
        }
        return true
    }

    private mutating func setItems(_ values: [Int]) throws(FileError) {
        let target = try top()
        guard values.count % 2 == 0 else { throw error("a key has no value") }
        switch nodes[target] {
        case .dictionary(var members):
            nodes[target] = .none  // Else the members would be copied.
            members += values
            nodes[target] = .dictionary(members)
        case .object: break
        default: throw error("members are added to what is no dictionary")
        }
    }

    mutating func stackOperation(_ code: UInt8) throws(FileError) -> Bool {
        switch Character(UnicodeScalar(code)) {
        case "\u{80}":
            let version = try required(cursor.integer(UInt8.self))
            guard version <= 5 else {
                throw error("protocol \(version) is not accepted, 2 to 5 are,")
            }
        case "\u{95}": _ = try required(cursor.integer(UInt64.self))
        case "(": marks.append(stack.count)
        case "0": _ = try pop()
        case "1": _ = try popToMark()
        case "2": stack.append(try top())
        case "h": try recall(cursor.length(UInt8.self))
        case "j": try recall(cursor.length(UInt32.self))
        case "q": try memorise(cursor.length(UInt8.self))
        case "r": try memorise(cursor.length(UInt32.self))
        case "\u{94}": try memorise(nextMemo)
        default: return false
        }
        return true
    }

    private mutating func memorise(_ index: Int?) throws(FileError) {
        memo[try required(index)] = try top()
        nextMemo += 1
    }

    private mutating func recall(_ index: Int?) throws(FileError) {
        let index = try required(index)
        guard let node = memo[index] else { throw error("value \(index) was never kept") }
        stack.append(node)
    }

    mutating func object(_ code: UInt8) throws(FileError) -> Bool {
        switch Character(UnicodeScalar(code)) {
        case "c": push(try global(try line(), try line()))
        case "\u{93}":
            let name = try pop()
            guard let module = nodes[try pop()].text, let name = nodes[name].text else {
                throw error("a name is no string")
            }
            push(try global(module, name))
        case "i":
            _ = try global(try line(), try line())
            return false
        case "R", "\u{81}":
            let arguments = try pop()
            stack.append(try build(try pop(), arguments))
        case "b":
            let state = try pop()
            try setState(try top(), state)
        case "Q": push(.storage(try storage(try pop())))
        default: return false
        }
        return true
    }

    private mutating func line() throws(FileError) -> String {
        String(decoding: try required(cursor.line()), as: UTF8.self)
    }

    private func global(_ module: String, _ name: String) throws(FileError) -> PickleNode {
        if let global = PickleGlobal(module: module, name: name) { return .global(global) }
        let wish =
            PickleGlobal.runsCode(module: module)
            ? "this file wants to run code, and nothing of it was run"
            : "this file wants to build an object that is not on the list of what a checkpoint "
                + "may hold"
        throw FileError(
            path: path, field: field,
            problem: "\(module).\(name): \(wish); tensors and plain values are accepted")
    }

    /// What a call of a name on the list gives: nothing is called.
    private mutating func build(_ callee: Int, _ arguments: Int) throws(FileError) -> Int {
        guard case .global(let global) = nodes[callee], case .tuple(let values) = nodes[arguments]
        else { throw error("a call of what is no name on the list") }
        return try build(global, values)
    }

    /// Objects are given their fields: those of a `ParameterDict` are its members.
    private mutating func setState(_ target: Int, _ state: Int) throws(FileError) {
        guard case .parameterDictionary = nodes[target] else { return }
        nodes[target] = .dictionary(try parameters(state))
    }
}
