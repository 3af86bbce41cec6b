import Foundation
import PinxitCheckpoints
import PinxitFiles
import Testing

/// A folder for the files of these tests, removed when their process ends.
private let folder: String = {
    let path = FileManager.default.temporaryDirectory.path + "/pinxit-\(UUID().uuidString)"
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: folder) }
    return path
}()

/// Writes a safetensors file by hand.
func writeFile(_ header: [UInt8], data: [UInt8] = [], length: UInt64? = nil) throws -> String {
    let path = "\(folder)/\(UUID().uuidString).safetensors"
    var bytes = withUnsafeBytes(of: (length ?? UInt64(header.count)).littleEndian, Array.init)
    bytes += header + data
    try Data(bytes).write(to: URL(filePath: path))
    return path
}

func writeFile(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> String {
    try writeFile(Array(header.utf8), data: Array(repeating: 7, count: data), length: length)
}

@Suite struct HostileFileTests {
    private func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
        #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    private func expectError(_ path: String, _ words: String, _ line: Int = #line) throws {
        let error = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
        #expect(error.path == path)
        #expect(error.description.contains(words), "\(error) in the case of line \(line)")
        #expect(!error.description.contains("\n"))
    }

    @Test func headerLength() throws {
        let missing = "/nowhere/none.safetensors"
        try expectError(missing, "cannot be opened")
        let short = try writeFile("{}")
        try Data([2, 0, 0, 0]).write(to: URL(filePath: short))
        try expectError(short, "at least 8")
        try Data().write(to: URL(filePath: short))
        try expectError(short, "at least 8")
        try expectError(try writeFile("{}", length: 0), "header length")
        try expectError(try writeFile("{}", length: 3), "holds 10 bytes of at least 11")
        try expectError(try writeFile("{}", length: 100_000_001), "header length")
        try expectError(try writeFile("{}", length: .max), "header length")
        try expectError(try writeFile("{}", length: 1 << 63), "header length")
    }

    @Test func headersAboveTheLimitAreRefused() throws {
        let path = try writeFile("{}", length: 100_000_001)
        // A sparse file that is long enough for its header.
        #expect(truncate(path, 100_000_100) == 0)
        try expectError(path, "header length: is 100000001; from 2 to 100000000")
        unlink(path)
    }

    @Test func headerText() throws {
        try expectError(try writeFile(" {}"), "starting with {")
        try expectError(try writeFile("[1]"), "starting with {")
        try expectError(try writeFile("{}\0\0"), "header: is not valid JSON")
        try expectError(try writeFile(#"{"a":}"#), "header: is not valid JSON")
        try expectError(try writeFile([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), "not UTF-8")
        try expectError(try writeFile(#"{"a":1}"#), "a.dtype: is missing")
        try expectError(
            try writeFile(#"{"__metadata__":{"step":1}}"#), "__metadata__.step: expected a string")
        try expectError(
            try writeFile(#"{"__metadata__":"pt"}"#), "__metadata__: expected an object")
    }

    @Test func aLongShapeIsRefusedBeforeItIsRead() throws {
        let shape = "[" + String(repeating: "1,", count: 64) + "x"
        try expectError(
            try writeFile(#"{"a":{"dtype":"U8","shape":\#(shape)"#),
            "header: is not valid JSON: an array of more than 64 elements at byte 156")
    }

    @Test func repeatedNames() throws {
        let a = entry("U8", "[1]", "[0,1]")
        try expectError(try writeFile(#"{"a":\#(a),"a":\#(a)}"#, data: 1), "repeated name")
        let names = "{\"\u{E9}\":\(a),\"e\u{301}\":\(entry("U8", "[1]", "[1,2]"))}"
        try expectError(try writeFile(names, data: 2), "twice")
    }

    @Test(arguments: [
        (#"{"dtype":"F33","shape":[1],"data_offsets":[0,4]}"#, "a.dtype: \"F33\" is not one of"),
        (#"{"dtype":3,"shape":[1],"data_offsets":[0,4]}"#, "a.dtype: expected a string"),
        (#"{"shape":[1],"data_offsets":[0,4]}"#, "a.dtype: is missing"),
        (#"{"dtype":"F32","data_offsets":[0,4]}"#, "a.shape: is missing"),
        (#"{"dtype":"F32","shape":1,"data_offsets":[0,4]}"#, "a.shape: expected an array"),
        (#"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#, "a.shape: expected at most"),
        (#"{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}"#, "a.shape[0]: expected an integer"),
        (#"{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}"#, "a.shape[0]: expected an integer"),
        (#"{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}"#, "a.shape[0]: expected an integer"),
        (
            #"{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}"#,
            "a.shape[0]: expected an integer"
        ),
        (#"{"dtype":"F32","shape":[1]}"#, "a.data_offsets: is missing"),
        (#"{"dtype":"F32","shape":[1],"data_offsets":[0]}"#, "a.data_offsets: is [0]"),
        (#"{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}"#, "a.data_offsets: is [0, 4, 8]"),
        (#"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#, "a.data_offsets: is [4, 0]"),
        (#"{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}"#, "a.data_offsets: is [-4, 0]"),
        (
            #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#,
            "bytes of 70: it was not downloaded"
        ),
        (
            #"{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}"#,
            "offsets up to 4"
        ),
        (#"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#, "needs 8, its offsets span 4"),
        (#"{"dtype":"F16","shape":[1],"data_offsets":[0,4]}"#, "needs 2, its offsets span 4"),
        (
            #"{"dtype":"F32","shape":[4194305,4194305,211106198978564],"data_offsets":[0,4]}"#,
            "needs more bytes than can be counted"
        ),
        (
            #"{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]}"#,
            "needs more bytes than can be counted"
        ),
        (
            #"{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}"#,
            "needs more bytes than can be counted"
        ),
    ])
    func entries(entry: String, words: String) throws {
        try expectError(try writeFile("{\"a\":\(entry)}", data: 4), words)
    }

    @Test func absurdRank() throws {
        let ones = "[" + String(repeating: "1,", count: 32) + "1]"
        try expectError(
            try writeFile("{\"a\":\(entry("U8", ones, "[0,1]"))}", data: 1), "at most 32 sizes")
    }

    @Test func gapsAndOverlaps() throws {
        func two(_ a: String, _ b: String, data: Int) throws -> String {
            try writeFile(#"{"a":\#(a),"b":\#(b)}"#, data: data)
        }
        let a = entry("U8", "[4]", "[0,4]")
        try expectError(
            try two(a, entry("U8", "[4]", "[2,6]"), data: 6), "b.data_offsets: starts at 2, where 4"
        )
        try expectError(
            try two(a, entry("U8", "[4]", "[0,4]"), data: 4), "data_offsets: starts at 0")
        try expectError(
            try two(a, entry("U8", "[2]", "[6,8]"), data: 8), "b.data_offsets: starts at 6")
        try expectError(
            try two(a, entry("U8", "[0]", "[2,2]"), data: 4), "b.data_offsets: starts at 2")
        try expectError(
            try writeFile(#"{"a":\#(a)}"#, data: 9), "5 bytes at the end belong to no tensor")
        try expectError(try writeFile("{}", data: 1), "1 bytes at the end belong to no tensor")
        try expectError(
            try writeFile(#"{"a":\#(entry("U8", "[1]", "[3,4]"))}"#, data: 4), "starts at 3")
    }

    /// What the reference implementation accepts, though it is unusual.
    @Test func unusualButValid() throws {
        let b = entry("U8", "[1]", "[1,2]")
        let a = entry("U8", "[1]", "[0,1]")
        let unordered = try SafetensorsFile(path: try writeFile(#"{"b":\#(b),"a":\#(a)}"#, data: 2))
        #expect(unordered.entries.count == 2)
        let empty = entry("F32", "[3,0,4611686018427387904]", "[2,2]")
        let withEmpty = try writeFile(#"{"e":\#(empty),"b":\#(b),"a":\#(a)}"#, data: 2)
        #expect(try SafetensorsFile(path: withEmpty).entries["e"]?.shape.count == 3)
        // Its sizes multiplied in their order do not fit an integer.
        let vast = entry("F32", "[4611686018427387904,4611686018427387904,0]", "[0,0]")
        let withVast = try SafetensorsFile(path: try writeFile(#"{"a":\#(vast)}"#))
        #expect(throws: Never.self) { try withVast.tensors() }
        let scalar = try writeFile(#"{"s":\#(entry("F32", "[]", "[0,4]"))}    "#, data: 4)
        #expect(try SafetensorsFile(path: scalar).entries["s"]?.byteRange.count == 4)
        #expect(try SafetensorsFile(path: try writeFile("{}")).entries.isEmpty)
        let metadata = try writeFile(#"{"__metadata__":{"format":"pt"}}"#)
        #expect(try SafetensorsFile(path: metadata).metadata == ["format": "pt"])
        let more = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":"x"}}"#
        #expect(try SafetensorsFile(path: try writeFile(more, data: 1)).entries.count == 1)
    }
}
