import Foundation
import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// What is made of training pictures is made once a run's folder.
@Suite struct PictureCacheTests {
    private let folder = NSTemporaryDirectory() + "pinxit-cache-\(UUID().uuidString)"

    private func context() throws -> TrainingContext {
        TrainingContext(
            settings: SettingsReader(.init(file: "", path: "", value: nil)),
            data: .composed(try Toys.library), log: try RunLog(folder: folder, quiet: true),
            model: folder, folder: folder, output: "", startFrom: nil)
    }

    private func cache(_ count: Int, seed: UInt64 = 3, madeWith maker: String = "7") throws
        -> PictureCache
    {
        let context = try context()
        return context.cache("sums", of: count, context.pictures(seed), madeWith: maker)
    }

    /// The sum of each picture's bytes, and how many were asked for at a time.
    private func sums(_ cache: PictureCache) throws -> (sums: [Float], made: [Int]) {
        var made: [Int] = []
        let sums = try cache.encoded(size: 16) { pictures in
            made.append(pictures.count)
            return Tensor(pictures.map(Self.sum), shape: [pictures.count, 1])
        }
        #expect(sums.tensor.shape == [cache.count, 1] && sums.count == cache.count)
        return (sums.tensor.floats, made)
    }

    private static func sum(_ picture: Picture) -> Float {
        Float(picture.pixels.reduce(0) { $0 + Int($1) })
    }

    @Test("Pictures are encoded in chunks, once, and anew where anything else is wanted")
    func once() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            let first = try sums(cache(150))
            let pictures = try cache(150).pictures.batch(0..<150, size: 16).map(\.picture)
            #expect(first.sums == pictures.map(Self.sum))
            #expect(first.made == [64, 64, 22])
            let again = try sums(cache(150))
            #expect(again.sums == first.sums && again.made == [])
            let fewer = try sums(cache(70))
            #expect(fewer.sums == Array(first.sums[..<70]) && fewer.made == [64, 6])
            #expect(try sums(cache(70, madeWith: "8")).made == [64, 6])
            let other = try sums(cache(70, seed: 4, madeWith: "8"))
            #expect(other.made == [64, 6] && other.sums != fewer.sums)
        }
    }

    @Test("A picture that comes again and again is encoded once")
    func repeated() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            let context = try context()
            let pictures = try PictureFolder(
                Fixture.path("folders/kohya"), framing: PictureFraming(size: 16)
            ).stream(seed: 3, split: .everything)
            let cache = context.cache("sums", of: 42, pictures, madeWith: "7")
            var made: [Int] = []
            let sums = try cache.encoded { pictures in
                made.append(pictures.count)
                return Tensor(pictures.map(Self.sum), shape: [pictures.count, 1])
            }
            #expect(made == [3] && sums.tensor.shape == [3, 1] && sums.count == 42)
            let all = try pictures.batch(0..<42).map { Self.sum($0.picture) }
            #expect(sums.gathered(Array(0..<42), type: .f32).floats == all)
        }
    }

    @Test("A file that does not say of which drawings it is, as earlier ones, is made anew")
    func formerFiles() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            let kept: [Float] = [1, 2, 3]
            let identity = "7 \(try Toys.library.manifest.recipe) 3"
            _ = try context()
            try Checkpoint.save(
                ["sums": Tensor(kept, shape: [3, 1])], to: "\(folder)/sums.safetensors",
                metadata: ["identity": identity])
            let found = try sums(cache(3))
            #expect(found.sums != kept && found.made != [])
        }
    }

    @Test("A task that is cancelled makes no more, and keeps nothing")
    func cancelled() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await Task {
            await Engine.run {
                withUnsafeCurrentTask { $0?.cancel() }
                #expect(throws: CancellationError.self) { try sums(cache(70)) }
                #expect(!fileExists("\(folder)/sums.safetensors"))
            }
        }.value
    }

    @Test("A damaged file, and one without what is read from it, are replaced")
    func wrongFiles() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            let cache = try cache(3)
            let path = "\(folder)/sums.safetensors"
            try Data("no tensors".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try sums(cache).made == [3])
            #expect(try sums(cache).made == [])
            var count = 0
            for _ in 0..<2 {
                let pair = try cache.value(
                    reading: { cache.rows($0["a"]) },
                    making: {
                        count += 1
                        return ["a": Tensor([1, 2, 3]), "b": Tensor([4])]
                    })
                #expect(pair.floats == [1, 2, 3])
            }
            #expect(count == 1)
        }
    }
}
