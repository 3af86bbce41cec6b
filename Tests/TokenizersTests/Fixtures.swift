import Foundation
import PinxitFiles

/// Files made by `Tests/Fixtures/tokenizers/make.py`.
enum Fixtures {
    static let folder =
        URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/tokenizers").path + "/"

    static func temporaryFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/tokenizer-\(UUID().uuidString)/"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func captions() throws -> [Substring] {
        String(decoding: try readFile(folder + "captions.txt"), as: UTF8.self)
            .split(separator: "\n")
    }
}
