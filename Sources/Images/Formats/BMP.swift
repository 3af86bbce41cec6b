import FoundationEssentials

/// BMP files in memory (Windows' device independent bitmaps and OS/2's), which are read only.
struct BMP {
    /// Two letters are too few to tell it by: the size of the second header is looked at too.
    static func isOne(_ start: [UInt8]) -> Bool {
        start.count >= 16 && start.starts(with: Array("BM".utf8)) && start[15] == 0
            && [12, 40, 52, 56, 64, 108, 124].contains(start[14])
    }

    /// How pixels are stored, by the number in the header.
    private enum Compression: Int {
        case none = 0
        case runs8 = 1
        case runs4 = 2
        case masks = 3
        case masksWithAlpha = 6
    }

    private var file: LittleEndian
    private let width: Int
    private let height: Int
    private let isTopDown: Bool
    private let bits: Int
    private let compression: Compression
    /// Red, green, blue, and alpha or 0, of pixels of 16 or 32 bits.
    private var masks: [Int] = []
    private var palette: [[UInt8]] = []

    /// RGB, or RGBA where the file has alpha.
    static func decode(
        _ bytes: Data, name: String, maxPixels: Int
    ) throws(ImageError) -> Picture {
        var bitmap = try BMP(bytes, name: name, maxPixels: maxPixels)
        return try bitmap.picture()
    }

    private init(_ bytes: Data, name: String, maxPixels: Int) throws(ImageError) {
        file = LittleEndian(bytes, name: name)
        try file.skip(to: 10)
        let (start, size) = (try file.next(4), try file.next(4))
        guard size == 12 || size >= 40 else { throw file.error("damaged BMP") }
        let number = size == 12 ? 2 : 4
        let (across, down) = (try file.next(number), try file.next(number))
        width = number == 4 ? Int(Int32(truncatingIfNeeded: across)) : across
        let signed = number == 4 ? Int(Int32(truncatingIfNeeded: down)) : down
        (height, isTopDown) = (abs(signed), signed < 0)
        try file.check(width: width, height: height, maxPixels: maxPixels)
        _ = try file.next(2)
        bits = try file.next(2)
        let kind = try size == 12 ? 0 : file.next(4)
        guard let compression = Compression(rawValue: kind) else {
            throw file.error("compression \(kind) of a BMP; 0, 1, 2, 3 and 6 are accepted")
        }
        self.compression = compression
        if size > 12 { _ = try file.slice(12) }
        let colours = try size == 12 ? 0 : file.next(4)
        if size > 12 { _ = try file.next(4) }
        try readMasks(headerSize: size)
        if bits <= 8 {
            // Before the pixels, whatever the header says.
            try file.skip(to: max(file.place, 14 + size))
            let entry = size == 12 ? 3 : 4
            let room = max(start - file.place, 0) / entry
            let count = min(colours == 0 ? 1 << bits : colours, 1 << bits, room)
            for _ in 0..<count { palette.append(Array(try file.slice(entry).prefix(3).reversed())) }
        }
        try file.skip(to: start)
    }

    /// - Throws: `ImageError` for bits or masks that there are not.
    private mutating func readMasks(headerSize: Int) throws(ImageError) {
        let isMasked = compression == .masks || compression == .masksWithAlpha
        let accepted =
            switch compression {
            case .none: [1, 4, 8, 16, 24, 32]
            case .runs8: [8]
            case .runs4: [4]
            case .masks, .masksWithAlpha: [16, 32]
            }
        guard accepted.contains(bits) else {
            throw file.error("pixels of \(bits) bits in a BMP; \(accepted) are accepted")
        }
        if isMasked {
            let count = headerSize >= 56 || compression == .masksWithAlpha ? 4 : 3
            for _ in 0..<count { masks.append(try file.next(4)) }
        } else if bits == 16 {
            masks = [0x7C00, 0x3E0, 0x1F]
        } else if bits == 32 {
            masks = [0xFF0000, 0xFF00, 0xFF]
        }
        if masks.count == 3 { masks.append(0) }
    }

    private mutating func picture() throws(ImageError) -> Picture {
        let channels = masks.last.map { $0 == 0 ? 3 : 4 } ?? 3
        var pixels = [UInt8](repeating: 0, count: width * height * channels)
        if compression == .runs8 || compression == .runs4 {
            let indices = try runs()
            for (place, index) in indices.enumerated() { put(Int(index), at: 3 * place, &pixels) }
        } else {
            for line in 0..<height {
                let row = try file.slice((width * bits + 31) / 32 * 4)
                let y = isTopDown ? line : height - 1 - line
                unpack(row, at: y * width * channels, &pixels)
            }
        }
        return Picture(width: width, height: height, channels: channels, pixels: pixels)
    }

    /// The palette's colour; what it does not have is black.
    private func put(_ index: Int, at place: Int, _ pixels: inout [UInt8]) {
        guard index < palette.count else { return }
        for channel in 0..<3 { pixels[place + channel] = palette[index][channel] }
    }

    private func unpack(_ row: ArraySlice<UInt8>, at start: Int, _ pixels: inout [UInt8]) {
        let channels = masks.last.map { $0 == 0 ? 3 : 4 } ?? 3
        for x in 0..<width {
            let place = start + x * channels
            let first = row.startIndex + x * bits / 8
            switch bits {
            case 24: for channel in 0..<3 { pixels[place + channel] = row[first + 2 - channel] }
            case 16, 32:
                let value = (0..<bits / 8).reduce(0) { $0 | Int(row[first + $1]) << (8 * $1) }
                for channel in 0..<channels {
                    pixels[place + channel] = Self.part(value, masks[channel])
                }
            default:
                let shift = 8 - bits - x * bits % 8
                put(Int(row[first]) >> shift & (1 << bits - 1), at: place, &pixels)
            }
        }
    }

    /// The bits under a mask, of 255.
    private static func part(_ value: Int, _ mask: Int) -> UInt8 {
        guard mask != 0 else { return 0 }
        let shift = mask.trailingZeroBitCount
        // A mask with holes is no number; its highest bits count.
        return UInt8(clamping: (value & mask) >> shift * 255 / (mask >> shift))
    }

    /// Palette indices from the top, of a picture that is stored as runs. What is left out is 0.
    private mutating func runs() throws(ImageError) -> [UInt8] {
        var indices = [UInt8](repeating: 0, count: width * height)
        var (x, line) = (0, 0)
        func put(_ index: Int) {
            defer { x += 1 }
            guard x < width, line < height else { return }
            indices[(isTopDown ? line : height - 1 - line) * width + x] = UInt8(index)
        }
        let isHalf = compression == .runs4
        while line < height {
            let (count, value) = (try file.next(1), try file.next(1))
            switch (count, value) {
            case (0, 0): (x, line) = (0, line + 1)
            case (0, 1): return indices
            case (0, 2): (x, line) = (x + (try file.next(1)), line + (try file.next(1)))
            case (0, _):
                let size = isHalf ? (value + 1) / 2 : value
                let bytes = Array(try file.slice(size + size % 2))
                for i in 0..<value {
                    put(isHalf ? Int(bytes[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 15 : Int(bytes[i]))
                }
            default:
                for i in 0..<count { put(isHalf ? value >> (i % 2 == 0 ? 4 : 0) & 15 : value) }
            }
        }
        return indices
    }
}
