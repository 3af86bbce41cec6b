import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct GGUFTests {
    @Test func everyBlockIsWhatGGUFsOwnPackageDecodes() throws {
        let expected = try Fixture("files/gguf.expected.safetensors")
        let file = try CheckpointFile(path: fixturePath("blocks.gguf"))
        #expect(file.format == .gguf)
        let tensors = try file.tensors()
        #expect(tensors.keys.sorted() == expected.keys)
        for key in expected.keys { try expectSame(tensors[key], expected[key], key) }
        let entry = try #require(file.entries["Q4_K"])
        #expect(entry.type == "Q4_K" && entry.shape == [2, 256] && entry.byteCount == 288)
        #expect(tensors["Q8_0"]?.type == .f32 && tensors["bf16"]?.type == .bf16)
        #expect(file.metadata["general.architecture"] == "sdxl")
        #expect(file.metadata["count"] == "7" && file.metadata["flag"] == "true")
        #expect(file.metadata["sizes"] == "[3, 4]")
    }

    @Test func everyCutIsAnError() throws {
        let whole = try bytes(of: fixturePath("blocks.gguf"))
        for count in stride(from: 0, to: whole.count - 40, by: 61) {
            let path = try writeFile(bytes: Array(whole[..<count]))
            #expect(throws: FileError.self) { try Checkpoint.load(path) }
            unlink(path)
        }
        // The last tensor has 34 bytes, and 30 of padding behind them.
        try expectFileError(
            try writeFile(bytes: whole.dropLast(40)),
            "holds \(whole.count - 40) bytes of \(whole.count - 30): it was not downloaded")
    }

    private func file(
        version: UInt32 = 3, tensors: UInt64 = 1, values: UInt64 = 0, name: String = "a",
        sizes: [UInt64] = [4], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 32
    ) throws -> String {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian, Array.init)
        }
        var bytes = Array("GGUF".utf8) + little(version) + little(tensors) + little(values)
        bytes += little(UInt64(name.utf8.count)) + Array(name.utf8) + little(UInt32(sizes.count))
        bytes += sizes.flatMap { little($0) } + little(type) + little(offset)
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + data)
        return try writeFile(bytes: bytes)
    }

    @Test func headersAreChecked() throws {
        #expect(try Checkpoint.load(try file())["a"]?.shape == [4])
        #expect(try Checkpoint.load(try file(version: 2, sizes: [2, 3]))["a"]?.shape == [3, 2])
        try expectFileError(try file(version: 1), "version: is 1; 2 and 3 are accepted")
        try expectFileError(try file(tensors: .max), "tensor_count: is more than can be counted")
        try expectFileError(try file(tensors: 1 << 30), "bytes of at least")
        try expectFileError(try file(values: 1 << 30), "bytes of at least")
        try expectFileError(try file(type: 20), "a: is IQ4_NL; F32, F16, Q4_0")
        try expectFileError(try file(type: 99), "a: is number 99; F32")
        try expectFileError(try file(sizes: [], type: 8), "rows of 1; Q8_0 needs a multiple of 32")
        #expect(try Checkpoint.load(try file(sizes: []))["a"]?.shape == [])
        try expectFileError(
            try file(sizes: [33], type: 8), "rows of 33; Q8_0 needs a multiple of 32")
        try expectFileError(
            try file(sizes: [1 << 62, 4]), "needs more bytes than can be counted")
        try expectFileError(try file(sizes: [9]), "bytes of 100: it was not downloaded")
        try expectFileError(try file(offset: 1 << 62), "it was not downloaded")
        try expectFileError(try file(offset: .max), "a: overlaps another tensor at offset -1")
    }
}
