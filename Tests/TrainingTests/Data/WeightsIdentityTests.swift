import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct WeightsIdentityTests {
    private let folder = NSTemporaryDirectory() + "pinxit-identity-\(UUID().uuidString)"

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder.path(name)))
    }

    @Test("Weights larger than 256 MB are told apart, and so are those in shards")
    func largeFilesAndShards() throws {
        try makeFolder(folder)
        defer { removeFolder(folder) }
        try write("config.json", "{}")
        let weights = "diffusion_pytorch_model.safetensors"
        try write(weights, "x")
        let file = try #require(FileHandle(forWritingAtPath: folder.path(weights)))
        try file.truncate(atOffset: 257 << 20)
        let large = try weightsIdentity(folder)
        try file.seek(toOffset: 256 << 20)
        try file.write(contentsOf: Data("y".utf8))
        try file.close()
        #expect(try weightsIdentity(folder) != large)

        try FileManager.default.removeItem(atPath: folder.path(weights))
        try write("\(weights).index.json", #"{"weight_map": {"a": "1", "b": "2", "c": "1"}}"#)
        try write("1", "one")
        try write("2", "two")
        let shards = try weightsIdentity(folder)
        try write("2", "tow")
        #expect(try weightsIdentity(folder) != shards)
    }

    @Test("Single files that begin alike are told apart")
    func filesThatBeginAlike() throws {
        try makeFolder(folder)
        defer { removeFolder(folder) }
        func identity(_ count: Int, changed: Int) throws -> String {
            var bytes = [UInt8](repeating: 7, count: count)
            bytes[changed] = 8
            try Data(bytes).write(to: URL(filePath: folder.path("file")))
            return try sampledIdentity(ofFile: folder.path("file"))
        }
        // Where a piece is looked at, and the last byte.
        let (size, piece) = (3 << 20, 1 << 14)
        let whole = try identity(size, changed: (size - piece) / 64 * 40)
        #expect(try identity(size, changed: (size - piece) / 64 * 41) != whole)
        #expect(try identity(size, changed: (size - piece) / 64 * 40) == whole)
        for count in [1, 1 << 20, (1 << 20) + 1] {
            #expect(
                try identity(count, changed: count - 1) != identity(count, changed: count / 2)
                    || count == 1)
        }
    }
}
