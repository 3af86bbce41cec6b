import FoundationEssentials

/// Animated GIF files in memory (GIF89a, CompuServe 1990): at most 256 colours, one palette for all
/// frames. What is transparent lies on white, and no texts are kept.
public enum AnimatedGIF {
    /// Frames of one size, each shown for some milliseconds.
    ///
    /// - Parameters:
    ///   - milliseconds: 10 to 655350; GIF counts hundredths of a second.
    ///   - plays: How often it runs, up to 65535; 0 is for ever.
    public static func encode(
        _ frames: [Picture], milliseconds: Int, plays: Int = 0
    ) throws(ImageError) -> Data {
        guard let first = frames.first,
            frames.allSatisfy({ $0.width == first.width && $0.height == first.height }),
            max(first.width, first.height) <= 65535
        else {
            throw .cannotEncode(
                reason: "a GIF needs frames of one size, at most 65535 pixels a side")
        }
        let hundredths = (milliseconds + 5) / 10
        guard (1...65535).contains(hundredths), (0...65535).contains(plays) else {
            throw .cannotEncode(
                reason: "\(milliseconds) ms, \(plays) times: 10 to 655350 ms, 0 to 65535 times")
        }
        let frames = frames.map { $0.rgb() }
        let palette = Palette(of: frames)
        let size = bytes(first.width) + bytes(first.height)
        // A palette of 256 colours for all frames.
        var file = Array("GIF89a".utf8) + size + [0xF7, 0, 0] + palette.bytes
        // The loop counts how often it runs again; once needs none.
        if plays != 1 {
            file += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8)
            file += [3, 1] + bytes(max(0, plays - 1)) + [0]
        }
        for frame in frames {
            file += [0x21, 0xF9, 4, 0x04] + bytes(hundredths) + [0, 0]
            file += [0x2C, 0, 0, 0, 0] + size + [0, 8]
            let codes = LZWWriter.encoded(palette.indices(of: frame))
            for start in stride(from: 0, to: codes.count, by: 255) {
                let block = codes[start..<min(start + 255, codes.count)]
                file.append(UInt8(block.count))
                file += block
            }
            file.append(0)
        }
        return Data(file + [0x3B])
    }

    private static func bytes(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
}

/// At most 256 colours for pictures, by median cut (Heckbert 1982): of pictures with no more
/// colours than that they are these.
private struct Palette {
    private var colours: [SIMD3<UInt8>]
    private var index: [UInt32: UInt8] = [:]

    init(of pictures: [Picture]) {
        var counts: [UInt32: Int] = [:]
        for picture in pictures {
            for key in picture.colourKeys { counts[key, default: 0] += 1 }
        }
        let all = counts.sorted { $0.key < $1.key }.map { Box.Colour($0.key, count: $0.value) }
        var boxes = [Box(all)]
        while boxes.count < 256 {
            // The box whose halves will differ the most.
            guard let widest = boxes.indices.max(by: { boxes[$0].spread < boxes[$1].spread }),
                boxes[widest].spread > 0
            else { break }
            let (low, high) = boxes[widest].halves
            boxes[widest] = low
            boxes.append(high)
        }
        colours = boxes.map(\.mean)
        for (place, box) in boxes.enumerated() {
            for colour in box.colours { index[colour.key] = UInt8(place) }
        }
    }

    /// 256 colours of three bytes; those that nobody needs are black.
    var bytes: [UInt8] {
        colours.flatMap { [$0.x, $0.y, $0.z] }
            + [UInt8](repeating: 0, count: 768 - 3 * colours.count)
    }

    func indices(of picture: Picture) -> [UInt8] { picture.colourKeys.map { index[$0] ?? 0 } }

    /// Colours near each other.
    private struct Box {
        struct Colour {
            let key: UInt32
            let count: Int
            let channels: SIMD3<Int>

            init(_ key: UInt32, count: Int) {
                (self.key, self.count) = (key, count)
                channels = [Int(key >> 16), Int(key >> 8 & 255), Int(key & 255)]
            }
        }

        let colours: [Colour]
        private let axis: Int
        /// How far apart its colours are on the widest axis, by how many pixels have them; 0 for
        /// one colour.
        let spread: Double

        init(_ colours: [Colour]) {
            self.colours = colours
            var (least, most) = (SIMD3<Int>(repeating: 255), SIMD3<Int>(repeating: 0))
            var count = 0
            for colour in colours {
                least.replace(with: colour.channels, where: colour.channels .< least)
                most.replace(with: colour.channels, where: colour.channels .> most)
                count += colour.count
            }
            let range = most &- least
            axis = (0..<3).max { range[$0] < range[$1] } ?? 0
            spread = Double(max(0, range[axis])) * Double(count).squareRoot()
        }

        /// Cut where half of the pixels are on either side.
        var halves: (Box, Box) {
            let sorted = colours.sorted {
                ($0.channels[axis], $0.key) < ($1.channels[axis], $1.key)
            }
            let half = colours.reduce(0) { $0 + $1.count } / 2
            var (place, below) = (1, sorted[0].count)
            while place < sorted.count - 1, below + sorted[place].count <= half {
                below += sorted[place].count
                place += 1
            }
            return (Box(Array(sorted[..<place])), Box(Array(sorted[place...])))
        }

        var mean: SIMD3<UInt8> {
            var (sum, count) = (SIMD3<Int>(repeating: 0), 0)
            for colour in colours {
                sum = sum &+ colour.channels &* SIMD3(repeating: colour.count)
                count += colour.count
            }
            return SIMD3(
                truncatingIfNeeded: (sum &+ SIMD3(repeating: count / 2))
                    / SIMD3(repeating: max(1, count)))
        }
    }
}

extension Picture {
    /// Of an RGB picture, each pixel as 0xRRGGBB.
    fileprivate var colourKeys: [UInt32] {
        stride(from: 0, to: pixels.count, by: 3).map {
            UInt32(pixels[$0]) << 16 | UInt32(pixels[$0 + 1]) << 8 | UInt32(pixels[$0 + 2])
        }
    }
}

/// Lempel, Ziv and Welch's codes as GIF has them, of bytes.
private struct LZWWriter {
    private static let (clear, end) = (256, 257)

    private var output: [UInt8] = []
    private var (buffer, held, width) = (0, 0, 9)

    static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var writer = LZWWriter()
        writer.put(clear)
        var (table, next, word) = ([Int: Int](), end + 1, Int?.none)
        for byte in bytes {
            guard let before = word else {
                word = Int(byte)
                continue
            }
            let key = before << 8 | Int(byte)
            if let known = table[key] {
                word = known
                continue
            }
            writer.put(before)
            if next == 4096 {
                writer.put(clear)
                table.removeAll(keepingCapacity: true)
                (next, writer.width) = (end + 1, 9)
            } else {
                table[key] = next
                // The reader knows a word one code later.
                if next == 1 << writer.width { writer.width += 1 }
                next += 1
            }
            word = Int(byte)
        }
        if let word { writer.put(word) }
        if next == 1 << writer.width, writer.width < 12 { writer.width += 1 }
        writer.put(end)
        if writer.held > 0 { writer.output.append(UInt8(writer.buffer & 255)) }
        return writer.output
    }

    private mutating func put(_ code: Int) {
        buffer |= code << held
        held += width
        while held >= 8 {
            output.append(UInt8(buffer & 255))
            buffer >>= 8
            held -= 8
        }
    }
}
