/// Reads a JSON file.
///
///     let config = try JSONFile.read("text_encoder/config.json")
///     let width = try config["hidden_size"].int()
///     let epsilon = try config["layer_norm_eps"].double(or: 1e-5)
///
/// Every error names the file, the path of the field and the type that was expected.
public enum JSONFile {
    /// - Throws: `FileError` when the file is missing, too large or no JSON.
    public static func read(_ path: String) throws(FileError) -> JSONField {
        let bytes = try readFile(path, limit: 256 << 20)
        do {
            let value = try bytes.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
                try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
            }
            return JSONField(file: path, path: "", value: value)
        } catch {
            let foreign = bytes.withUnsafeBytes { ForeignFile($0) }
            throw foreign?.error(path) ?? FileError(path: path, problem: error.description)
        }
    }

    /// Writes an indented file, complete or not at all.
    public static func write(_ value: JSONValue, to path: String) throws {
        try AtomicFile.write(value.encoded() + "\n", to: path)
    }
}

/// A place in a JSON file, which may hold no value: reading it says what is missing.
public struct JSONField: Sendable {
    /// The file it came from, for messages.
    public let file: String
    /// Where in the file: `text_config.hidden_size`, `layers[2]`; empty for the root.
    public let path: String
    /// What is there; nil if nothing is.
    public let value: JSONValue?

    /// A place of a value that is already there.
    public init(file: String, path: String, value: JSONValue?) {
        self.file = file
        self.path = path
        self.value = value
    }

    /// A value of no file, as requests are.
    public init(_ value: JSONValue) { self.init(file: "", path: "", value: value) }

    /// The member of that name of an object.
    public subscript(name: String) -> JSONField {
        JSONField(file: file, path: join(name), value: value?[name])
    }

    /// Whether there is a value other than null.
    public var exists: Bool {
        switch value {
        case nil, .null: false
        default: true
        }
    }

    /// The integer here; 1.0 is none.
    /// - Throws: `FileError` if there is another value or none.
    public func int() throws(FileError) -> Int {
        if case .integer(let value) = value { return value }
        throw error("an integer")
    }

    /// The finite number here, whole or not.
    /// - Throws: `FileError` if there is another value or none.
    public func double() throws(FileError) -> Double {
        let value = try extendedDouble()
        guard value.isFinite else {
            throw FileError(
                path: file, field: path, problem: "expected a finite number, found \(value)")
        }
        return value
    }

    /// The number here, which may be infinite or none.
    /// - Throws: `FileError` if there is another value or none.
    public func extendedDouble() throws(FileError) -> Double {
        switch value {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        default: throw error("a number")
        }
    }

    /// The truth value here; 0 and 1 are none.
    /// - Throws: `FileError` if there is another value or none.
    public func bool() throws(FileError) -> Bool {
        if case .bool(let value) = value { return value }
        throw error("true or false")
    }

    /// The string here.
    /// - Throws: `FileError` if there is another value or none.
    public func string() throws(FileError) -> String {
        if case .string(let value) = value { return value }
        throw error("a string")
    }

    /// The elements of an array.
    public func array() throws(FileError) -> [JSONField] {
        guard case .array(let elements) = value else { throw error("an array") }
        return elements.enumerated().map { index, element in
            JSONField(file: file, path: "\(path)[\(index)]", value: element)
        }
    }

    /// The members of an object, in the order of the file.
    public func members() throws(FileError) -> [(name: String, field: JSONField)] {
        guard case .object(let members) = value else { throw error("an object") }
        return members.map {
            ($0.name, JSONField(file: file, path: join($0.name), value: $0.value))
        }
    }

    /// The array of integers here.
    /// - Throws: `FileError` for the array or its first element of another type.
    public func ints() throws(FileError) -> [Int] {
        var result: [Int] = []
        for element in try array() { result.append(try element.int()) }
        return result
    }

    /// The array of strings here.
    /// - Throws: `FileError` for the array or its first element of another type.
    public func strings() throws(FileError) -> [String] {
        var result: [String] = []
        for element in try array() { result.append(try element.string()) }
        return result
    }

    // The forms with a default apply it where the field is absent or null, never where it has
    // the wrong type.

    /// As ``int()``, with `fallback` where the field is absent or null.
    public func int(or fallback: Int) throws(FileError) -> Int { exists ? try int() : fallback }
    /// As ``double()``, with `fallback` where the field is absent or null.
    public func double(or fallback: Double) throws(FileError) -> Double {
        exists ? try double() : fallback
    }
    /// As ``bool()``, with `fallback` where the field is absent or null.
    public func bool(or fallback: Bool) throws(FileError) -> Bool {
        exists ? try bool() : fallback
    }
    /// As ``string()``, with `fallback` where the field is absent or null.
    public func string(or fallback: String) throws(FileError) -> String {
        exists ? try string() : fallback
    }

    /// An error about this field for a caller's own check: "expected …, found …".
    public func error(_ expected: String) -> FileError {
        let found = value.map { "expected \(expected), found \($0.kind)" }
        return FileError(
            path: file, field: path, problem: found ?? "is missing; expected \(expected)")
    }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
