import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import Testing

@Suite struct FileStartTests {
    @Test(arguments: [
        ("", "is empty; safetensors, torch's .ckpt, .pt and .bin, GGUF and the JSON index"),
        ("abc", "begins with the bytes 61 62 63; safetensors"),
        ("Rar!\u{1A}", "is a RAR archive; safetensors"),
        ("\0\0\0\0\0\0\0\0\0\0", "begins with zeros, as unfinished downloads do"),
        ("version https://git-lfs.github.com/spec/v1\noid", "is a git-lfs pointer"),
        ("<!DOCTYPE html><html>", "is a web page"), ("GGUF", "holds 4 bytes of at least 5"),
        ("Access to model x is restricted.\n", "is text, as sites answer where a login is needed"),
        ("<?xml version=\"1.0\"?><Error>", "(\"<?xml version=\"1.0\"?><Error>"),
        ("{\"a\": 1}", "weight_map: is missing"),
        ("\u{80}\u{2}K\u{1}.", "is a pickle, but not one"),
        ("PK\u{3}\u{4}", "holds 4 bytes of at least 5"),
    ])
    func otherFilesAreNamed(text: String, words: String) throws {
        try expectFileError(
            try writeFile(bytes: text.unicodeScalars.map { UInt8($0.value) }), words)
    }

    @Test func halfASafetensorsFileSaysWhatIsMissing() throws {
        let path = try writeFile(bytes: [])
        try Checkpoint.save(["a": Tensor([Float](repeating: 1, count: 100))], to: path)
        let whole = try bytes(of: path)
        try expectFileError(
            try writeFile(bytes: Array(whole.dropLast(1))),
            "holds \(whole.count - 1) bytes of \(whole.count): it was not downloaded or copied")
        let header = whole.count - 400
        try expectFileError(
            try writeFile(bytes: Array(whole[..<20])), "holds 20 bytes of at least \(header)")
    }

    /// The format is the content's, whatever the name says.
    @Test func shardsMayBeOfAnyFormat() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/pinxit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(
            atPath: fixturePath("torch.ckpt"), toPath: folder + "/pytorch_model-1.bin")
        try Checkpoint.save(["b": Tensor([Float(1)])], to: folder + "/pytorch_model-2.bin")
        let index = folder + "/pytorch_model.bin.index.json"
        func write(_ map: String) throws {
            let text = #"{"metadata":{"total_size":12},"weight_map":\#(map)}"#
            try Data(text.utf8).write(to: URL(filePath: index))
        }
        try write(#"{"f32":"pytorch_model-1.bin","b":"pytorch_model-2.bin"}"#)
        let file = try CheckpointFile(path: index)
        #expect(file.format == .shards && file.metadata == ["total_size": "12"])
        #expect(try file.tensors().keys.sorted() == ["b", "f32"])
        #expect(try file.tensors { $0 == "b" }.count == 1)
        try write(#"{"f32":"pytorch_model.bin.index.json"}"#)
        try expectFileError(
            index, "pytorch_model.bin.index.json: is an index, named by another index")
    }
}
