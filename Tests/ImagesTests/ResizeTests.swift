import FoundationEssentials
import Testing

@testable import PinxitImages

@Suite struct ResizeTests {
    struct Case: Decodable {
        var filter: String
        var channels: Int
        var from: [Int]
        var to: [Int]
        var pixels: String
        var resized: String
    }

    @Test func equalsPillow() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/images/resize.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        let filters: [String: ResizeFilter] = [
            "box": .box, "bilinear": .bilinear, "bicubic": .bicubic, "lanczos": .lanczos,
        ]
        #expect(cases.count == 16)
        for item in cases {
            let picture = Picture(
                width: item.from[0], height: item.from[1], channels: item.channels,
                pixels: bytes(item.pixels))
            let ours = picture.resized(
                width: item.to[0], height: item.to[1], filter: try #require(filters[item.filter]))
            let worst = zip(ours.pixels, bytes(item.resized)).map { abs(Int($0) - Int($1)) }.max()
            #expect(worst == 0, "\(item.filter), \(item.channels) channels")
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
