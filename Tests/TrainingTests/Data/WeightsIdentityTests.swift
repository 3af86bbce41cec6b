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
}
