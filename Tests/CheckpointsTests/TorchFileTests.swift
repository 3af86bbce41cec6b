import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct TorchFileTests {
    let expected = try! Fixture("files/torch.expected.safetensors")

    @Test(arguments: ["torch.ckpt", "legacy.ckpt"])
    func everyTensorIsWhatTorchSaved(name: String) throws {
        let file = try CheckpointFile(path: fixturePath(name))
        #expect(file.format == (name == "torch.ckpt" ? .torch : .legacyTorch))
        let tensors = try file.tensors()
        for key in expected.keys where !["e4m3", "e5m2"].contains(key) {
            try expectSame(tensors[key], expected[key], key)
        }
        try expectSame(tensors["bool"], Tensor([Int32(1), 0, 1]), "bool")
        try expectSame(tensors["i16"], Tensor([Int32(-2), -1, 0, 1, 2]), "i16")
        try expectSame(tensors["u8"], Tensor([Int32(1), 255]), "u8")
        #expect(tensors.count == expected.keys.count - 2 + 3)
        #expect(tensors["f16"]?.type == .f16 && tensors["bf16"]?.type == .bf16)
        #expect(file.entries["f64"]?.type == "F64" && file.entries["f64"]?.shape == [4, 6])
        #expect(file.metadata["global_step"] == "875000")
        #expect(file.metadata["pytorch-lightning_version"] == "1.4.2")
    }

    @Test func storagesOfAZipAreNotCopied() throws {
        let file = try CheckpointFile(path: fixturePath("torch.ckpt"))
        let (first, second) = (try file.tensors(), try file.tensors())
        #expect(first["f32"]?.pointer == second["f32"]?.pointer)
        #expect(first["row"]?.pointer == second["row"]?.pointer)
        #expect(first["transposed"]?.pointer != second["transposed"]?.pointer)
    }

    @Test func fp8StoragesAreWidened() throws {
        let tensors = try Checkpoint.load(fixturePath("fp8.pt"))
        for key in ["e4m3", "e5m2"] {
            #expect(tensors[key]?.type == .f16)
            try expectSame(tensors[key], expected[key], key)
        }
    }

    @Test func textualInversionsAreATree() throws {
        let root = try #require(try CheckpointFile(path: fixturePath("inversion.pt")).root)
        let vectors = try #require(root["string_to_param"]?["*"]?.tensor)
        try expectSame(
            try vectors.tensor(), try Fixture("files/inversion.expected.safetensors")["vectors"],
            "*")
        #expect(root["name"]?.text == "style" && root["step"]?.integer == 100)
        if case .none? = root["sd_checkpoint"] {} else { Issue.record("no None") }
    }

    @Test(arguments: ["hostile.ckpt", "hostile-legacy.ckpt"])
    func nothingIsRun(name: String) throws {
        try expectFileError(
            fixturePath(name),
            "posix.system: this file wants to run code, and nothing of it was run")
        #expect(!fileExists("pinxit-was-here"))
    }

    @Test func wholeModulesAreRefusedByName() throws {
        try expectFileError(
            fixturePath("module.pt"), "torch.nn.modules.linear.Linear: this file wants to build")
    }

    @Test(arguments: ["torch.ckpt", "legacy.ckpt", "inversion.pt"])
    func everyCutIsAnError(name: String) throws {
        let whole = try bytes(of: fixturePath(name))
        for count in stride(from: 0, to: whole.count, by: 37) {
            let path = try writeFile(bytes: Array(whole[..<count]))
            #expect(throws: FileError.self) { try Checkpoint.load(path) }
            unlink(path)
        }
    }

    @Test func halfADownloadSaysWhatIsMissing() throws {
        let legacy = try bytes(of: fixturePath("legacy.ckpt"))
        try expectFileError(
            try writeFile(bytes: Array(legacy.dropLast(10))),
            "holds \(legacy.count - 10) bytes of \(legacy.count): it was not downloaded")
        let zip = try bytes(of: fixturePath("torch.ckpt"))
        try expectFileError(
            try writeFile(bytes: Array(zip.prefix(3000))), "holds 3000 bytes of at least 30")
    }

    /// A pickle in a zip archive of one entry.
    private func archive(_ pickle: [UInt8], name: String = "a/data.pkl") throws -> String {
        try writeFile(bytes: zip([(name, pickle)]))
    }

    private func zip(_ entries: [(name: String, bytes: [UInt8])], method: UInt16 = 0) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var (file, directory) = ([UInt8](), [UInt8]())
        for (name, bytes) in entries {
            let sizes = little(bytes.count, 4) + little(bytes.count, 4)
            let common = little(20, 2) + little(0, 2) + little(Int(method), 2) + little(0, 8)
            let lengths = little(name.utf8.count, 2) + little(0, 2)
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + common + sizes + lengths
            directory += little(0, 10) + little(file.count, 4) + Array(name.utf8)
            file += [0x50, 0x4B, 3, 4] + common + sizes + lengths + Array(name.utf8) + bytes
        }
        let counts = little(entries.count, 2) + little(entries.count, 2)
        let end = little(directory.count, 4) + little(file.count, 4) + little(0, 2)
        return file + directory + [0x50, 0x4B, 5, 6] + little(0, 4) + counts + end
    }

    private func text(_ text: String) -> [UInt8] {
        [0x8C, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    /// `{"w": _rebuild_tensor_v2(('storage', FloatStorage, '0', 'cpu', count), …)}`.
    private func tensor(offset: Int, _ shape: [UInt8], _ strides: [UInt8], count: UInt8 = 4)
        -> [UInt8]
    {
        func tuple(_ sizes: [UInt8]) -> [UInt8] {
            [UInt8(ascii: "(")] + sizes.flatMap { [UInt8(ascii: "K"), $0] } + [UInt8(ascii: "t")]
        }
        let storage =
            Array("(".utf8) + text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0")
            + text("cpu") + [UInt8(ascii: "K"), count] + Array("tQ".utf8)
        let start = Array("J".utf8) + withUnsafeBytes(of: Int32(offset), Array.init)
        return [0x80, 2] + Array("}".utf8) + text("w")
            + Array("ctorch._utils\n_rebuild_tensor_v2\n(".utf8) + storage + start + tuple(shape)
            + tuple(strides) + Array("\u{89}".unicodeScalars.map { UInt8($0.value) })
            + Array(")tRs.".utf8)
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
