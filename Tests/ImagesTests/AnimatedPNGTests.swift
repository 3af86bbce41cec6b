import FoundationEssentials
import Testing

@testable import PinxitImages

@Suite struct AnimatedPNGTests {
    private let frames = (0..<3).map {
        Picture(width: 5, height: 4, color: [UInt8($0 * 80), 9, 200])
    }

    @Test func chunksAreInTheStandardsOrder() throws {
        let file = [UInt8](
            try AnimatedPNG.encode(
                frames, milliseconds: 300, plays: 2, texts: [PNGText(key: "parameters", text: "a")])
        )
        let chunks = PNGChunks.split(file)
        #expect(
            chunks.map(\.type) == [
                "IHDR", "acTL", "tEXt", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND",
            ])
        #expect(Array(chunks[1].content) == [0, 0, 0, 3, 0, 0, 0, 2])
        let control = Array(chunks[5].content)
        #expect(control.count == 26)
        #expect(Array(control[0..<12]) == [0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 4])
        #expect(Array(control[20..<24]) == [1, 44, 3, 232])  // 300 / 1000 s
        // fcTL and fdAT share one count.
        let counted = chunks.filter { ["fcTL", "fdAT"].contains($0.type) }
        #expect(counted.map { $0.content.prefix(4).last } == [0, 1, 2, 3, 4])
    }

    @Test func everyFrameIsThere() throws {
        let file = try AnimatedPNG.encode(frames, milliseconds: 100)
        #expect(try PNG.decode(file).rgb() == frames[0])
        let chunks = PNGChunks.split([UInt8](file))
        let header = PNGChunks.chunk("IHDR", chunks[0].content)
        for (frame, chunk) in zip(frames.dropFirst(), chunks.filter { $0.type == "fdAT" }) {
            let alone =
                PNGChunks.signature + header
                + PNGChunks.chunk("IDAT", chunk.content.dropFirst(4)) + PNGChunks.chunk("IEND", [])
            // libpng checks the sums.
            #expect(try PNG.decode(Data(alone)).rgb() == frame)
        }
    }

    @Test func framesOfTwoSizesAreRefused() {
        let odd = frames + [Picture(width: 6, height: 4, color: [0, 0, 0])]
        #expect(throws: ImageError.self) { try AnimatedPNG.encode(odd, milliseconds: 100) }
        #expect(throws: ImageError.self) { try AnimatedPNG.encode(frames, milliseconds: 0) }
        #expect(throws: ImageError.self) { try AnimatedPNG.encode([], milliseconds: 10) }
    }
}
