import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import Testing

@Suite struct CheckpointTests {
    let folder = FileManager.default.temporaryDirectory.path + "/checkpoint-\(UUID().uuidString)/"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + name))
    }

    private var tensors: [String: Tensor] {
        [
            "unet.conv.weight": Tensor([1, -2, 0.5, .infinity, 3, 4], shape: [2, 3]),
            "ids": Tensor([Int32(7), -1, 3]),
            "scale": Tensor(0.25),
            "empty": Tensor([Float](), shape: [0, 4]),
        ]
    }

    private func expectEqual(_ a: [String: Tensor], _ b: [String: Tensor]) {
        #expect(a.keys.sorted() == b.keys.sorted())
        for (name, tensor) in a {
            guard let other = b[name] else { continue }
            #expect(tensor.shape == other.shape && tensor.type == other.type)
            let bytes = { (tensor: Tensor) in
                [UInt8](UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
            }
            #expect(bytes(tensor) == bytes(other), "\(name)")
        }
    }

    @Test func whatIsSavedIsLoaded() throws {
        let path = folder + "a.safetensors"
        try Checkpoint.save(tensors, to: path)
        expectEqual(try Checkpoint.load(path), tensors)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["format": "pt"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
        for entry in file.entries.values { #expect(entry.byteRange.lowerBound % 4 == 0) }
    }

    @Test func bytesAreTheExpectedOnes() throws {
        let path = folder + "golden.safetensors"
        try Checkpoint.save(["b": Tensor([Float(1)]), "a": Tensor([Int32(2)])], to: path)
        let header =
            #"{"__metadata__":{"format":"pt"},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"#
            + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let expected =
            [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8)
            + [2, 0, 0, 0, 0, 0, 0x80, 0x3F]
        #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == expected)
    }

    @Test func alignedDataIsNotCopiedAndOutlivesTheFile() throws {
        let path = folder + "a.safetensors"
        try Checkpoint.save(tensors, to: path)
        func load() throws -> Tensor {
            let file = try SafetensorsFile(path: path)
            let (first, second) = (try file.tensors(), try file.tensors())
            let name = "unet.conv.weight"
            #expect(first[name]!.pointer == second[name]!.pointer)
            return first[name]!
        }
        let tensor = try load()
        try FileManager.default.removeItem(atPath: path)
        let values = UnsafeBufferPointer(
            start: tensor.pointer.assumingMemoryBound(to: Float.self), count: 6)
        #expect(Array(values) == [1, -2, 0.5, .infinity, 3, 4])
        withExtendedLifetime(tensor) {}
    }

    @Test func unalignedAndDoubleDataIsConverted() throws {
        let header =
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
            + #""f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"#
            + #""d":{"dtype":"F64","shape":[2],"data_offsets":[5,21]}}"#
        let data =
            [9] + withUnsafeBytes(of: Float(1.5), Array.init)
            + withUnsafeBytes(of: (2.5, -0.1), Array.init)
        let loaded = try Checkpoint.load(try writeFile(Array(header.utf8), data: data))
        let values = { (name: String) in
            let tensor = loaded[name]!
            return Array(
                UnsafeBufferPointer(
                    start: tensor.pointer.assumingMemoryBound(to: Float.self), count: tensor.count))
        }
        #expect(values("f") == [1.5])
        #expect(values("d") == [2.5, -0.1])
        #expect(loaded["x"]?.type == .u8)
    }

    @Test func typesWithoutTensorsAreRefusedOnlyWhereWanted() throws {
        let header = #"{"mask":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#
        let file = try SafetensorsFile(path: try writeFile(header, data: 8))
        let error = try #require(throws: CheckpointError.self) { try file.tensors() }
        #expect(error.description.contains("mask.dtype: U64 cannot be computed with; BOOL, U8"))
        #expect(try file.tensors(where: { $0 != "mask" }).isEmpty)
    }

    @Test func componentFolders() throws {
        try write(#"{"in_channels": 4}"#, to: "config.json")
        let component = try Component(path: folder)
        #expect(try component.config["in_channels"].int() == 4)
        let error = try #require(throws: CheckpointError.self) { try component.weightsPath() }
        #expect(
            error.description.contains("diffusion_pytorch_model.safetensors, model.safetensors"))
        #expect(error.description.contains("diffusion_pytorch_model.bin, pytorch_model.bin"))
        try FileManager.default.copyItem(
            atPath: fixturePath("torch.ckpt"), toPath: folder + "pytorch_model.bin")
        #expect(try component.tensors()["f32"]?.shape == [4, 6])
        try Checkpoint.save(tensors, to: folder + "model.fp16.safetensors")
        // Weights that are rounded come after all others, as in diffusers.
        #expect(try component.weightsPath().hasSuffix("/pytorch_model.bin"))
        try FileManager.default.removeItem(atPath: folder + "pytorch_model.bin")
        #expect(try component.weightsPath().hasSuffix("/model.fp16.safetensors"))
        try Checkpoint.save(tensors, to: folder + "model.safetensors")
        #expect(try component.weightsPath().hasSuffix("/model.safetensors"))
        #expect(try component.weightsPath(variant: "fp16").hasSuffix("/model.fp16.safetensors"))
        #expect(throws: CheckpointError.self) { try component.weightsPath(variant: "ema") }
        expectEqual(try component.tensors(), tensors)
        try write("[]", to: "config.json")
        #expect(throws: CheckpointError.self) { try Component(path: folder) }
    }

    @Test func shards() throws {
        let (a, b) = (Tensor([Float(1), 2]), Tensor([Int32(3)]))
        try Checkpoint.save(["a": a, "unlisted": a], to: folder + "m-00001-of-00002.safetensors")
        try Checkpoint.save(["b": b], to: folder + "m-00002-of-00002.safetensors")
        let index = "diffusion_pytorch_model.safetensors.index.json"
        func map(_ b: String) -> String {
            #"{"metadata":{"total_size":12},"weight_map":{"a":"m-00001-of-00002.safetensors","b":"\#(b)"}}"#
        }
        try write("{}", to: "config.json")
        try write(map("m-00002-of-00002.safetensors"), to: index)
        expectEqual(try Component(path: folder).tensors(), ["a": a, "b": b])
        try write(map("m-00001-of-00002.safetensors"), to: index)
        #expect(throws: CheckpointError.self) { try Checkpoint.load(folder + index) }
        try write(map("../secret.safetensors"), to: index)
        #expect(throws: CheckpointError.self) { try Checkpoint.load(folder + index) }
        try write(#"{"weights":{}}"#, to: index)
        #expect(throws: CheckpointError.self) { try Checkpoint.load(folder + index) }
    }
}
