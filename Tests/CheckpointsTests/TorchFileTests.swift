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
}
