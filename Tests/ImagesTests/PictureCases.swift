import FoundationEssentials
import Testing

/// A picture file of another program, and the pixels that another reads from it.
struct PictureCase: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var file: String
    var size: [Int]
    var channels: Int
    var pixels: String

    /// The cases of a file in `Tests/Fixtures/images`.
    static func all(_ name: String) -> [PictureCase] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/images/\(name)")
        return try! JSONDecoder().decode([PictureCase].self, from: Data(contentsOf: file))
    }

    var testDescription: String { name }

    /// The file.
    var data: Data { Data(bytes(file)) }
}

func difference(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var worst = 0
    for (x, y) in zip(a, b) { worst = max(worst, abs(Int(x) - Int(y))) }
    return worst
}

func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
