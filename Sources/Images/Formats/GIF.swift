import FoundationEssentials

/// GIF files in memory (GIF89a, CompuServe 1990), read; ``AnimatedGIF`` writes them.
enum GIF {
    static let signatures = [Array("GIF87a".utf8), Array("GIF89a".utf8)]

    /// The first frame on its canvas, as RGBA. What it leaves free is transparent where the frame
    /// has such a colour, else its first one, as Pillow has it.
    static func decode(
        _ bytes: Data, name: String, maxPixels: Int
    ) throws(ImageError) -> Picture {
        var file = LittleEndian(bytes, name: name)
        _ = try file.slice(6)
        let (width, height) = (try file.next(2), try file.next(2))
        let flags = try file.next(1)
        _ = try file.slice(2)
        let colours = try flags & 0x80 == 0 ? nil : file.slice(3 << (flags & 7 + 1))
        var transparent: Int?
        while true {
            switch try file.next(1) {
            case 0x2C:
                return try frame(
                    &file, canvas: (width, height), colours, transparent, maxPixels)
            case 0x21:
                // A graphic control says which colour is none.
                let isControl = try file.next(1) == 0xF9
                let content = try blocks(&file)
                if isControl, content.count > 3 {
                    transparent = content[0] & 1 == 1 ? Int(content[3]) : nil
                }
            case 0x3B: throw file.error("a GIF without a picture")
            default: continue
            }
        }
    }

    /// The blocks up to the empty one, as one.
    private static func blocks(_ file: inout LittleEndian) throws(ImageError) -> [UInt8] {
        var content: [UInt8] = []
        while true {
            let count = try file.next(1)
            if count == 0 { return content }
            content += try file.slice(count)
        }
    }

    private static func frame(
        _ file: inout LittleEndian, canvas: (width: Int, height: Int),
        _ shared: ArraySlice<UInt8>?, _ transparent: Int?, _ maxPixels: Int
    ) throws(ImageError) -> Picture {
        let (left, top) = (try file.next(2), try file.next(2))
        let (width, height) = (try file.next(2), try file.next(2))
        // A frame beyond the canvas makes it larger, as browsers and Pillow have it.
        let (across, down) = (max(canvas.width, left + width), max(canvas.height, top + height))
        try file.check(width: width, height: height, maxPixels: maxPixels)
        try file.check(width: across, height: down, maxPixels: maxPixels)
        let flags = try file.next(1)
        let own = try flags & 0x80 == 0 ? nil : file.slice(3 << (flags & 7 + 1))
        let size = try file.next(1)
        guard (1...8).contains(size) else {
            throw file.error("codes of \(size) bits in a GIF; 1 to 8 are accepted")
        }
        let indices = try LZW(bits: size).decoded(blocks(&file), count: width * height)
        guard let indices else { throw file.error("damaged GIF") }
        let palette = self.palette(own ?? shared, transparent)
        var pixels = [UInt8](repeating: 0, count: width * height * 4)
        let order = flags & 0x40 == 0 ? Array(0..<height) : interlaced(height)
        for (line, row) in order.enumerated() {
            for x in 0..<width {
                let colour = palette[Int(indices[line * width + x])]
                for channel in 0..<4 { pixels[(row * width + x) * 4 + channel] = colour[channel] }
            }
        }
        let picture = Picture(width: width, height: height, channels: 4, pixels: pixels)
        if (across, down) == (width, height) { return picture }
        var whole = Picture(
            width: across, height: down, channels: 4,
            pixels: [UInt8](repeating: 0, count: across * down * 4))
        whole.fill(palette[transparent ?? 0])
        whole.place(picture, x: left, y: top)
        return whole
    }

    /// 256 colours as RGBA; a file without any is gray.
    private static func palette(
        _ colours: ArraySlice<UInt8>?, _ transparent: Int?
    ) -> [SIMD4<UInt8>] {
        let usual: (UInt8) -> SIMD4<UInt8> = {
            colours == nil ? [$0, $0, $0, 255] : [0, 0, 0, 255]
        }
        var palette = (0..<256).map { usual(UInt8($0)) }
        let bytes = colours ?? []
        for index in 0..<bytes.count / 3 {
            let start = bytes.startIndex + 3 * index
            palette[index] = [bytes[start], bytes[start + 1], bytes[start + 2], 255]
        }
        if let transparent { palette[transparent].w = 0 }
        return palette
    }

    /// The rows in the order in which they are stored.
    private static func interlaced(_ height: Int) -> [Int] {
        [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { start, step in
            Array(stride(from: start, to: height, by: step))
        }
    }
}

extension Picture {
    /// Makes every pixel of an RGBA picture one colour.
    fileprivate mutating func fill(_ colour: SIMD4<UInt8>) {
        guard colour != [0, 0, 0, 0] else { return }
        for place in pixels.indices { pixels[place] = colour[place % 4] }
    }
}

/// Lempel, Ziv and Welch's codes as GIF has them.
private struct LZW {
    /// Of the smallest code without the two that steer.
    let bits: Int

    /// So many bytes; nil for codes that mean nothing, or too few.
    func decoded(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        let (clear, end) = (1 << bits, 1 << bits + 1)
        // A word is the word before it in the table and one byte.
        var before = [UInt16](repeating: 0, count: 4096)
        var last = [UInt8](repeating: 0, count: 4096)
        for code in 0..<clear { last[code] = UInt8(code) }
        var (next, width, previous) = (end + 1, bits + 1, Int?.none)
        var (buffer, held, output) = (0, 0, [UInt8]())
        var word: [UInt8] = []
        output.reserveCapacity(count)
        for byte in bytes {
            buffer |= Int(byte) << held
            held += 8
            while held >= width {
                let code = buffer & (1 << width - 1)
                buffer >>= width
                held -= width
                if code == end { return output.count >= count ? output : nil }
                if code == clear {
                    (next, width, previous) = (end + 1, bits + 1, nil)
                    continue
                }
                guard code < next || (code == next && previous != nil) else { return nil }
                // A code that is only now made is the word before with its own first byte.
                var at = code < next ? code : previous ?? 0
                word.removeAll(keepingCapacity: true)
                while at > end {
                    word.append(last[at])
                    at = Int(before[at])
                }
                let first = last[at]
                word.append(first)
                output += word.reversed()
                if code == next { output.append(first) }
                if let previous, next < 4096 {
                    (before[next], last[next]) = (UInt16(previous), first)
                    next += 1
                    if next == 1 << width, width < 12 { width += 1 }
                }
                previous = code
                if output.count >= count { return Array(output.prefix(count)) }
            }
        }
        return nil
    }
}
