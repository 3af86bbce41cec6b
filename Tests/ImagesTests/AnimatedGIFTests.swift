import FoundationEssentials
import Testing

@testable import PinxitImages

@Suite struct AnimatedGIFTests {
    /// Of few colours, whose bytes do not repeat soon: so many codes are of one byte.
    private func noise(_ width: Int, _ height: Int, seed: UInt32 = 1) -> Picture {
        var (picture, state) = (Picture(width: width, height: height, color: [0, 9, 200]), seed)
        for pixel in 0..<width * height {
            state = state &* 1_664_525 &+ 1_013_904_223
            picture.pixels[3 * pixel] = UInt8(state >> 24)
        }
        return picture
    }

    @Test(
        "Pictures of up to 256 colours come back to the bit, where codes grow and begin anew too",
        arguments: [1, 2, 254, 255, 256, 257, 767, 768, 3838, 3839, 3840, 20_000])
    func exact(_ count: Int) throws {
        let picture = noise(count, 1)
        let file = try AnimatedGIF.encode([picture], milliseconds: 80, plays: 1)
        #expect(try Picture(encoded: file, name: "a.gif").rgb() == picture)
    }

    @Test("Times, loops and the number of frames are in the file as GIF89a has them")
    func blocks() throws {
        let frames = (1...3).map { noise(5, 4, seed: $0) }
        let file = [UInt8](try AnimatedGIF.encode(frames, milliseconds: 300, plays: 0))
        #expect(file.starts(with: Array("GIF89a".utf8) + [5, 0, 4, 0, 0xF7, 0, 0]))
        let loop = 13 + 768
        #expect(Array(file[loop + 3..<loop + 19]) == Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0])
        let controls = file.indices.filter { file[$0...].starts(with: [0x21, 0xF9, 4]) }
        #expect(controls.count == 3)
        #expect(controls.allSatisfy { Array(file[$0 + 3..<$0 + 6]) == [4, 30, 0] })
        #expect(file.last == 0x3B)
    }

    @Test("Of more colours each pixel gets one near it")
    func manyColours() throws {
        var picture = Picture(width: 64, height: 64, color: [0, 0, 0])
        for place in 0..<64 * 64 {
            picture.pixels[3 * place] = UInt8(place % 64 * 4)
            picture.pixels[3 * place + 1] = UInt8(place / 64 * 4)
        }
        let file = try AnimatedGIF.encode([picture], milliseconds: 80)
        let read = try Picture(encoded: file, name: "a.gif").rgb()
        let distances = zip(read.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }
        // 4096 colours in 256 boxes: sixteen each, four a side, whose mean is 6 away.
        #expect(distances.max() ?? 0 <= 8)
    }

    @Test func whatIsNoAnimationIsRefused() {
        let frames = [noise(5, 4), noise(6, 4)]
        #expect(throws: ImageError.self) { try AnimatedGIF.encode(frames, milliseconds: 100) }
        #expect(throws: ImageError.self) { try AnimatedGIF.encode([frames[0]], milliseconds: 4) }
        #expect(throws: ImageError.self) { try AnimatedGIF.encode([], milliseconds: 10) }
    }
}
