import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// Edges, against OpenCV's.
@Suite struct CannyTests {
    private static let pictures = [
        "shapes", "soft", "noise", "rough", "waves", "dot", "row", "column",
    ]
    private static let thresholds: [(String, Double, Double)] = [
        ("100/200", 100, 200), ("20/60", 20, 60), ("0/255", 0, 255), ("200/100", 200, 100),
        ("33.7/80.2", 33.7, 80.2), ("300/900", 300, 900),
    ]

    @Test(arguments: pictures) func findsOpenCVsEdges(_ name: String) async throws {
        for (key, low, high) in Self.thresholds {
            let (picture, expected) = try await Engine.run {
                let fixture = try Fixture("canny.safetensors")
                return (fixture[name].picture, fixture["\(name)/\(key)"].picture)
            }
            #expect(picture.edges(low: low, high: high) == expected)
        }
    }

    @Test func transparencyIsLaidOverWhite() {
        var picture = Picture(width: 16, height: 16, color: [0, 0, 0, 0])
        #expect(!picture.edges(low: 100, high: 200).pixels.contains(255))
        for i in 0..<128 { picture.pixels[4 * i + 3] = 255 }
        #expect(picture.edges(low: 100, high: 200).pixels.contains(255))
    }

    @Test(arguments: [Double.infinity, -.infinity, 1e300])
    func thresholdsOfAnySizeAreTaken(_ high: Double) {
        let picture = Picture(width: 4, height: 4, color: [9, 9, 9])
        #expect(picture.edges(low: 0, high: high) == Picture(width: 4, height: 4, color: [0]))
    }
}

extension Tensor {
    /// Bytes `[height, width, 3]` or `[height, width]`.
    fileprivate var picture: Picture {
        let bytes = UnsafeRawBufferPointer(start: pointer, count: byteCount)
        return Picture(
            width: shape[1], height: shape[0], channels: rank == 3 ? 3 : 1, pixels: Array(bytes))
    }
}
