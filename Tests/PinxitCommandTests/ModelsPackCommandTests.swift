import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitTestSupport
import Testing

/// Packed weights that `pinxit models pack` keeps for later processes.
@Suite struct ModelsPackCommandTests {
    private let scratch: Scratch
    private let manager = FileManager.default

    init() throws {
        scratch = try Scratch()
        try manager.copyItem(atPath: Fixture.path("tiny-sd1"), toPath: "\(scratch.path)/model")
    }

    private func run(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(
            arguments, in: scratch.path,
            environment: ["XDG_CACHE_HOME": "\(scratch.path)/cache"])
    }

    private func paint(_ more: [String] = []) throws -> (picture: Data, notes: String) {
        let outcome = try run(
            ["a cat", "--model", "model", "--steps", "2", "--seed", "1", "-q", "-o", "a.png"] + more
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        return (try scratch.read("a.png"), outcome.errors)
    }

    private var packed: String { "\(scratch.path)/cache/pinxit/packed" }

    @Test("Packed weights are found by themselves, and passed over once the model has changed")
    func packs() throws {
        let plain = try paint().picture
        let made = try run(["models", "pack", "model"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.lines.count == 3 && made.output.contains("unet-"), "\(made.output)")
        #expect(try paint().picture == plain)
        // That they are used is seen where they are wrong.
        let unet = try #require(
            try manager.contentsOfDirectory(atPath: packed).first { $0.hasPrefix("unet-") })
        let file = URL(filePath: "\(packed)/\(unet)")
        var bytes = try Data(contentsOf: file)
        let data = 8 + bytes.prefix(8).withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        for index in stride(from: data, to: bytes.count, by: 4) { bytes[index] ^= 0x40 }
        try bytes.write(to: file)
        #expect(try paint().picture != plain)
        let weights = "\(scratch.path)/model/unet/diffusion_pytorch_model.safetensors"
        try manager.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: weights)
        let changed = try paint()
        #expect(changed.picture == plain)
        #expect(changed.notes.contains("pinxit models pack makes it anew"), "\(changed.notes)")
        #expect(try run(["models", "pack", "--remove"]).status == 0)
        #expect(try manager.contentsOfDirectory(atPath: packed).isEmpty)
    }

    @Test("What is packed for another precision lies beside what was, and f32 is not bf16")
    func adds() throws {
        let plain = (
            try paint(["--precision", "bf16"]).picture, try paint(["--precision", "f32"]).picture
        )
        func size() throws -> Int {
            try manager.contentsOfDirectory(atPath: packed).reduce(0) {
                $0 + (try Data(contentsOf: URL(filePath: "\(packed)/\($1)")).count)
            }
        }
        #expect(try run(["models", "pack", "model", "--precision", "f32"]).status == 0)
        let first = try size()
        #expect(try run(["models", "pack", "model", "--precision", "bf16"]).status == 0)
        let both = try size()
        #expect(both > first)
        #expect(try run(["models", "pack", "model", "--precision", "f32"]).status == 0)
        #expect(try size() == both)
        #expect(try paint(["--precision", "bf16"]).picture == plain.0)
        #expect(try paint(["--precision", "f32"]).picture == plain.1)
    }

    @Test("A model of another family is told that it is not packed")
    func families() throws {
        let outcome = try run(["models", "pack", Fixture.path("tiny-dalle")])
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("which alone is packed"), "\(outcome.errors)")
    }

    @Test("A file of packed weights that is cut short is passed over")
    func cutShort() throws {
        let plain = try paint().picture
        #expect(try run(["models", "pack", "model"]).status == 0)
        for name in try manager.contentsOfDirectory(atPath: packed) {
            try Data(try Data(contentsOf: URL(filePath: "\(packed)/\(name)")).dropLast(64))
                .write(to: URL(filePath: "\(packed)/\(name)"))
        }
        let cut = try paint()
        #expect(cut.picture == plain)
        #expect(cut.notes.contains("is not used"), "\(cut.notes)")
    }

    @Test("A LoRA changes weights that are packed as those that are not")
    func lora() throws {
        let tensors = try Fixture("lora.safetensors").tensors(below: "kohya/file/")
        let file = "\(scratch.path)/ink.safetensors"
        try Checkpoint.save(tensors, to: file)
        let plain = try paint(["--lora", file]).picture
        #expect(try run(["models", "pack", "model"]).status == 0)
        #expect(try paint(["--lora", file]).picture == plain)
        #expect(try paint().picture != plain)
    }

    @Test("Shards are packed, and passed over once one of them has changed")
    func shards() throws {
        let unet = "\(scratch.path)/model/unet"
        let whole = "\(unet)/diffusion_pytorch_model.safetensors"
        let tensors = try Checkpoint.load(whole)
        let plain = try paint().picture
        var places: [String: String] = [:]
        for (number, name) in tensors.keys.sorted().enumerated() {
            places[name] = "part-\(number % 2).safetensors"
        }
        for part in Set(places.values) {
            try Checkpoint.save(tensors.filter { places[$0.key] == part }, to: "\(unet)/\(part)")
        }
        try JSONEncoder().encode(["weight_map": places])
            .write(to: URL(filePath: whole + ".index.json"))
        try manager.removeItem(atPath: whole)
        let made = try run(["models", "pack", "model"])
        #expect(made.output.contains("unet-"), "\(made.output)\(made.errors)")
        let used = try paint()
        #expect(used.picture == plain && !used.notes.contains("is not used"), "\(used.notes)")
        try manager.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)],
            ofItemAtPath: "\(unet)/part-1.safetensors")
        let changed = try paint()
        #expect(changed.picture == plain && changed.notes.contains("is not used"))
    }

    @Test("While another process packs a model it is not packed, and what lies there stays")
    func concurrently() throws {
        let plain = try paint().picture
        #expect(try run(["models", "pack", "model"]).status == 0)
        let files = try manager.contentsOfDirectory(atPath: packed).sorted()
        let unet = try #require(files.first { $0.hasPrefix("unet-") })
        let lock = try #require(try FileLock("\(packed)/\(unet).lock"))
        let refused = try run(["models", "pack", "model", "--precision", "f32"])
        #expect(refused.status == 65 && refused.complaints.count == 1, "\(refused.errors)")
        #expect(refused.errors.contains("is being packed by another process (process"))
        #expect(try paint().picture == plain)
        lock.release()
        #expect(try run(["models", "pack", "model", "--precision", "f32"]).status == 0)
        #expect(try manager.contentsOfDirectory(atPath: packed).sorted() == files)
        #expect(try paint().picture == plain)
    }

    @Test("No model, or one too many, is a mistake of use")
    func misuse() throws {
        #expect(try run(["models", "pack"]).status == 64)
        #expect(try run(["models", "pack", "model", "--remove"]).status == 64)
        #expect(try run(["models", "pack", "model", "--size", "big"]).status == 64)
    }
}
