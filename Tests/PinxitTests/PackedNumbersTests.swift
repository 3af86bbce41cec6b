import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Painting with weights that a file has in few bits.
@Suite struct PackedNumbersTests {
    private let root =
        "\(FileManager.default.temporaryDirectory.path)/packed-\(UInt64.random(in: 0 ... .max))"
    private static let model = Fixture.path("tiny-sd1")

    /// The model's U-Net, with what can be as Q8_0: as GGUF, and the same numbers in f32.
    private func writeUNets() throws -> (packed: String, exact: String) {
        try makeFolder(root)
        let own = try Component(path: Self.model.path("unet")).tensors()
        var (exact, entries) = ([String: Tensor](), [GGUFWriter.Entry]())
        for (name, tensor) in own.sorted(by: { $0.key < $1.key }) {
            let isPacked = tensor.rank == 2 && tensor.shape[1] % 32 == 0
            let blocks = isPacked ? Q8Blocks(tensor.floats) : nil
            let floats = blocks?.floats ?? tensor.floats
            exact[name] = Tensor(floats, shape: tensor.shape)
            entries.append(
                .init(
                    name: name, type: isPacked ? 8 : 0, shape: tensor.shape.dimensions,
                    bytes: blocks?.bytes ?? floats.withUnsafeBytes(Array.init)))
        }
        #expect(entries.contains { $0.type == 8 })
        let paths = (packed: root.path("unet.gguf"), exact: root.path("unet.safetensors"))
        try Data(GGUFWriter.file(entries)).write(to: URL(filePath: paths.packed))
        try Checkpoint.save(exact, to: paths.exact)
        return paths
    }

    private func latents(
        _ unet: String, _ precision: Precision, lowMemory: Bool, steps: Int, loras: [LoRA] = []
    ) async throws -> [Float] {
        let painter = try await Painter(
            folder: Self.model, lowMemory: lowMemory, unet: unet, loras: loras)
        var request = PaintRequest(prompt: "a red apple", seed: 7, precision: precision)
        request.diffusion.steps = steps
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        return try #require(painting.pictures.first?.tensors?.latents.floats)
    }

    @Test(
        "A GGUF file's latents are to the bit those of its numbers in f32",
        arguments: [Precision.f32, .bf16], [false, true])
    func exact(_ precision: Precision, lowMemory: Bool) async throws {
        defer { removeFolder(root) }
        let files = try writeUNets()
        for steps in [1, 3] {
            let (packed, exact) = (
                try await latents(files.packed, precision, lowMemory: lowMemory, steps: steps),
                try await latents(files.exact, precision, lowMemory: lowMemory, steps: steps)
            )
            #expect(packed == exact)
        }
    }

    @Test(
        "So they are with a LoRA, which changes what is packed",
        arguments: [Precision.f32, .bf16], [false, true])
    func changed(_ precision: Precision, lowMemory: Bool) async throws {
        defer { removeFolder(root) }
        let files = try writeUNets()
        let path = root.path("ink.safetensors")
        try Checkpoint.save(
            try Fixture("lora.safetensors").tensors(below: "kohya/file/"), to: path)
        let loras = [LoRA(file: path)]
        func latents(_ unet: String, _ loras: [LoRA]) async throws -> [Float] {
            try await self.latents(
                unet, precision, lowMemory: lowMemory, steps: 2, loras: loras)
        }
        let changed = try await latents(files.packed, loras)
        #expect(changed == (try await latents(files.exact, loras)))
        #expect(changed != (try await latents(files.packed, [])))
    }
}

/// Blocks of 32 levels with a scale in f16.
private struct Q8Blocks {
    var bytes: [UInt8] = []
    /// What they stand for.
    var floats: [Float] = []

    init(_ numbers: [Float]) {
        for start in stride(from: 0, to: numbers.count, by: 32) {
            let block = numbers[start..<start + 32]
            let scale = Float16((block.map(abs).max() ?? 0) / 127)
            bytes += withUnsafeBytes(of: scale.bitPattern.littleEndian, Array.init)
            for number in block {
                let level = scale == 0 ? 0 : (number / Float(scale)).rounded()
                let kept = Int8(max(-127, min(127, level)))
                bytes.append(UInt8(bitPattern: kept))
                floats.append(Float(scale) * Float(kept))
            }
        }
    }
}

/// Writes GGUF files of tensors.
private enum GGUFWriter {
    struct Entry {
        let name: String
        /// ggml's number.
        let type: UInt32
        let shape: [Int]
        let bytes: [UInt8]
    }

    static func file(_ entries: [Entry]) -> [UInt8] {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian, Array.init)
        }
        var header = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(entries.count))
        header += little(UInt64(0))
        var data: [UInt8] = []
        for entry in entries {
            header += little(UInt64(entry.name.utf8.count)) + Array(entry.name.utf8)
            header += little(UInt32(entry.shape.count))
            header += entry.shape.reversed().flatMap { little(UInt64($0)) }
            header += little(entry.type) + little(UInt64(data.count))
            data += padded(entry.bytes)
        }
        return padded(header) + data
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
    }
}
