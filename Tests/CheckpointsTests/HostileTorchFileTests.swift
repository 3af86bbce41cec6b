import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct HostileTorchFileTests {
    /// A pickle in a zip archive of one entry.
    private func archive(_ pickle: [UInt8], name: String = "a/data.pkl") throws -> String {
        try writeFile(bytes: zip([(name, pickle)]))
    }

    /// - Parameter is64: Whether sizes and places stand in the fields for large files.
    private func zip(
        _ entries: [(name: String, bytes: [UInt8])], method: Int = 0, is64: Bool = false
    ) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        func short(_ value: Int, _ count: Int = 4) -> [UInt8] { little(is64 ? -1 : value, count) }
        var (file, directory) = ([UInt8](), [UInt8]())
        for (name, bytes) in entries {
            let common = little(20, 2) + little(0, 2) + little(method, 2) + little(0, 8)
            let sizes = short(bytes.count) + short(bytes.count) + little(name.utf8.count, 2)
            let large = little(bytes.count, 8) + little(bytes.count, 8) + little(file.count, 8)
            let extra = is64 ? little(1, 2) + little(24, 2) + large : []
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + common + sizes
            directory += little(extra.count, 2) + little(0, 10) + short(file.count)
            directory += Array(name.utf8) + extra
            file += [0x50, 0x4B, 3, 4] + common + sizes + little(0, 2) + Array(name.utf8) + bytes
        }
        let (start, count) = (file.count, entries.count)
        file += directory
        if is64 {
            let place = file.count
            file += [0x50, 0x4B, 6, 6] + little(44, 8) + little(0, 12) + little(count, 8)
            file += little(count, 8) + little(directory.count, 8) + little(start, 8)
            file += [0x50, 0x4B, 6, 7] + little(0, 4) + little(place, 8) + little(1, 4)
        }
        file += [0x50, 0x4B, 5, 6] + little(0, 4) + short(count, 2) + short(count, 2)
        return file + short(directory.count) + short(start) + little(0, 2)
    }

    private func text(_ text: String) -> [UInt8] {
        [0x8C, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    @Test("Parameters that one state names again and again are limited in all")
    func parametersAreCounted() throws {
        let count = 4000
        var pickle: [UInt8] = [0x80, 2] + Array("}q\u{0}(".utf8)
        for _ in 0..<count { pickle += text("k") + Array("N".utf8) }
        pickle += Array("u0".utf8) + text("_parameters") + Array("q\u{1}0".utf8)
        pickle += Array(
            "ctorch.nn.modules.container\nParameterDict\n)\u{81}}(".unicodeScalars.map {
                UInt8($0.value)
            })
        for _ in 0..<count { pickle += Array("h\u{1}h\u{0}".utf8) }
        let path = try archive(pickle + Array("ub.".utf8))
        let error = try #require(throws: FileError.self) { try CheckpointFile(path: path) }
        #expect(error.problem.contains("made of few values"), "\(error)")
    }

    @Test("Bytes that are made of one long text again and again are limited in all")
    func copiesAreCounted() throws {
        let length = 1 << 20
        var pickle: [UInt8] = [0x80, 2] + Array("c_codecs\nencode\nq\u{0}0".utf8)
        pickle += Array("X".utf8) + withUnsafeBytes(of: UInt32(length), Array.init)
        pickle += [UInt8](repeating: UInt8(ascii: "a"), count: length) + Array("q\u{1}0".utf8)
        pickle += text("latin1") + Array("q\u{2}0".utf8)
        for _ in 0..<80 {
            pickle += Array("h\u{0}h\u{1}h\u{2}\u{86}R0".unicodeScalars.map { UInt8($0.value) })
        }
        let path = try archive(pickle + Array("}.".utf8))
        let error = try #require(throws: FileError.self) { try CheckpointFile(path: path) }
        #expect(error.problem.contains("64 MiB"), "\(error)")
    }

    /// `{"w": _rebuild_tensor_v2(('storage', FloatStorage, '0', 'cpu', count), …)}`, or v3 with a
    /// type.
    private func tensor(
        offset: Int, _ shape: [UInt8], _ strides: [UInt8], count: UInt8 = 4,
        storage kind: String = "FloatStorage", type: String? = nil
    ) -> [UInt8] {
        func tuple(_ sizes: [UInt8]) -> [UInt8] {
            [UInt8(ascii: "(")] + sizes.flatMap { [UInt8(ascii: "K"), $0] } + [UInt8(ascii: "t")]
        }
        let storage =
            Array("(".utf8) + text("storage") + Array("ctorch\n\(kind)\n".utf8) + text("0")
            + text("cpu") + [UInt8(ascii: "K"), count] + Array("tQ".utf8)
        let start = Array("J".utf8) + withUnsafeBytes(of: Int32(offset), Array.init)
        let function = "ctorch._utils\n_rebuild_tensor_v\(type == nil ? 2 : 3)\n("
        return [0x80, 2] + Array("}".utf8) + text("w") + Array(function.utf8) + storage + start
            + tuple(shape) + tuple(strides) + [0x89, UInt8(ascii: ")")]
            + Array((type.map { "ctorch\n\($0)\n" } ?? "").utf8)
            + Array("tRs.".utf8)
    }

    private func file(_ pickle: [UInt8], more: [(String, [UInt8])] = []) throws -> String {
        let data: [UInt8] = [1, 2, 3, 4].flatMap { withUnsafeBytes(of: Float($0), Array.init) }
        return try writeFile(bytes: zip([("a/data.pkl", pickle), ("a/data/0", data)] + more))
    }

    @Test func viewsLieInTheirStorage() throws {
        let loaded = try Checkpoint.load(try file(tensor(offset: 1, [3], [1])))
        try expectSame(loaded["w"], Tensor([Float(2), 3, 4]), "w")
        let repeated = try Checkpoint.load(try file(tensor(offset: 3, [4], [0])))
        try expectSame(repeated["w"], Tensor([Float(4), 4, 4, 4]), "w")
        for pickle in [
            tensor(offset: 2, [3], [1]), tensor(offset: -1, [1], [1]), tensor(offset: 0, [2], [4]),
            tensor(offset: 0, [5], [0]), tensor(offset: 0, [255, 255], [0, 0]),
        ] { try expectFileError(try file(pickle), "a tensor ") }
        try expectFileError(
            try file(tensor(offset: 0, [5], [1], count: 200)),
            "a/data/0: has 16 bytes; 200 elements")
    }

    /// As torch writes checkpoints of more than 4 GiB.
    @Test func sizesOf64BitsAreRead() throws {
        let data: [UInt8] = [1, 2, 3, 4].flatMap { withUnsafeBytes(of: Float($0), Array.init) }
        let pickle = tensor(offset: 1, [3], [1])
        let path = try writeFile(
            bytes: zip([("a/data.pkl", pickle), ("a/data/0", data)], is64: true))
        try expectSame(try Checkpoint.load(path)["w"], Tensor([Float(2), 3, 4]), "w")
    }

    /// What the storage is counted in, and what the tensor is, may differ in size.
    @Test func typesDoNotReachBeyondTheirStorage() throws {
        let untyped = tensor(
            offset: 1, [3], [1], count: 16, storage: "UntypedStorage", type: "float32")
        try expectSame(try Checkpoint.load(try file(untyped))["w"], Tensor([Float(2), 3, 4]), "w")
        for (count, kind, type) in [
            (16, "UntypedStorage", "float64"), (4, "FloatStorage", "float64"),
        ] as [(UInt8, String, String)] {
            let pickle = tensor(offset: 0, [4], [1], count: count, storage: kind, type: type)
            try expectFileError(try file(pickle), "does not lie in storage 0 of \(count)")
        }
        try expectFileError(
            try file(tensor(offset: 0, [1], [1], storage: "UntypedStorage", type: "complex64")),
            "a tensor is complex64, which is not accepted")
    }

    @Test func bigEndianFilesAreRefused() throws {
        let pickle = tensor(offset: 0, [4], [1])
        try expectFileError(
            try file(pickle, more: [("a/byteorder", Array("big".utf8))]), "byteorder: is not little"
        )
        let little = try file(pickle, more: [("a/byteorder", Array("little".utf8))])
        #expect(try Checkpoint.load(little).count == 1)
    }

    @Test func zipArchivesAreChecked() throws {
        try expectFileError(try archive([], name: "a/other"), "with 0 data.pkl; torch's has one")
        let packed = zip([("a/data.pkl", [0x80, 2])], method: 8)
        try expectFileError(try writeFile(bytes: packed), "a/data.pkl: is packed or encrypted")
        let twice = zip([("a/data.pkl", [1]), ("a/data.pkl", [1])])
        try expectFileError(try writeFile(bytes: twice), "a/data.pkl: is there twice")
        try expectFileError(
            try writeFile(bytes: zip([("a/data.pkl", [1]), ("a/constants.pkl", [1])])),
            "TorchScript")
    }

    @Test(arguments: [
        ("cos\nsystem\n.", "os.system: this file wants to run code"),
        ("c__builtin__\neval\n.", "__builtin__.eval: this file wants to run code"),
        ("cmylib\nConfig\n.", "mylib.Config: this file wants to build an object"),
        ("ios\nsystem\n.", "os.system: this file wants to run code"),
        ("I1\n.", "opcode 73 is not accepted"), ("", "the pickle ends at byte 2"), (".", "a value"),
        ("N0.", "a value is missing"), ("t.", "a mark is missing"), ("(N", "the pickle ends"),
        ("X\u{7F}\u{7F}\u{7F}\u{7F}a.", "the pickle ends within a value"),
        ("NNs.", "a value is missing"), ("NNNs.", "members are added to what is no dictionary"),
        ("h\u{5}.", "value 5 was never kept"), ("NNR.", "a call of what is no name on the list"),
        ("]q\u{0}h\u{0}a.", "deeper than 64 in each other"),
    ])
    func pickles(body: String, words: String) throws {
        let pickle = [0x80, 2] + body.unicodeScalars.map { UInt8($0.value) }
        try expectFileError(try archive(pickle), words)
    }

    /// Nested a million times, which recursion would not survive.
    @Test func deepPicklesAreAnError() throws {
        let deep = [0x80, 2, UInt8(ascii: "N")] + [UInt8](repeating: 0x85, count: 1_000_000)
        try expectFileError(try archive(deep + [UInt8(ascii: ".")]), "deeper than 64")
    }

    /// Each list holds the one before it twice.
    @Test func sharedValuesAreNotMultiplied() throws {
        var pickle: [UInt8] = [0x80, 2] + Array("N".utf8)
        for _ in 0..<40 { pickle += Array("2\u{86}".unicodeScalars.map { UInt8($0.value) }) }
        try expectFileError(try archive(pickle + Array(".".utf8)), "holds more than 1000000 values")
    }
}
