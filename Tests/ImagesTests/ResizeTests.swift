import FoundationEssentials
import PinxitTensors
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

    @Test("What becomes wide and low is what columns and then rows give", arguments: [1, 3, 4])
    func rowByRow(_ channels: Int) {
        for (from, to) in [
            ((3, 200), (40, 7)), ((1, 500), (64, 1)), ((90, 60), (20, 59)), ((5, 9), (11, 8)),
        ] {
            let picture = noise(from.0, from.1, channels)
            for filter in [ResizeFilter.box, .bilinear, .bicubic, .lanczos] {
                func resized(
                    _ picture: Picture, _ width: Int, _ height: Int, _ rows: Range<Int>? = nil
                ) -> Picture {
                    picture.resized(
                        width: width, height: height, filter: filter, premultiplied: true,
                        rows: rows)
                }
                // With the one length left as it is there is one pass each.
                let wide = resized(picture, to.0, from.1)
                let both = resized(wide, to.0, to.1)
                #expect(resized(picture, to.0, to.1) == both, "\(from) to \(to), \(filter)")
                let rows = to.1 / 3..<to.1
                let part = both.cropped(x: 0, y: rows.lowerBound, width: to.0, height: rows.count)
                #expect(resized(picture, to.0, to.1, rows) == part)
            }
        }
    }

    private func noise(_ width: Int, _ height: Int, _ channels: Int) -> Picture {
        var random = SplitMix64(seed: UInt64(width))
        return Picture(
            width: width, height: height, channels: channels,
            pixels: (0..<width * height * channels).map { _ in UInt8(random.below(256)) })
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
