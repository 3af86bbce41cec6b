import FoundationEssentials

/// Where a picture file has its manifest store (C2PA 2.2, appendix A.3), or would have it: a chunk
/// of PNG, one or more segments of JPEG, a chunk of WebP.
struct ManifestPlace {
    let format: PictureFormat
    /// All of the file before the store's carrier, and behind it.
    private let before: [UInt8]
    private let after: [UInt8]
    /// What it carries; nil for none.
    let store: [UInt8]?

    /// Nil for a file of another format, or one that is not whole.
    init?(_ data: Data) {
        guard let format = PictureFormat(contents: data) else { return nil }
        let file = [UInt8](data)
        let found: (range: Range<Int>, store: [UInt8]?)? =
            switch format {
            case .png: Self.png(file)
            case .jpeg: Self.jpeg(file)
            case .webP: Self.webP(file)
            }
        guard let found else { return nil }
        self.format = format
        before = Array(file[..<found.range.lowerBound])
        after = Array(file[found.range.upperBound...])
        store = found.store
    }

    /// Where the carrier begins in the file.
    var start: Int { before.count }

    /// What stands around the carrier, which is what a signature is for. WebP begins with how long
    /// the file is.
    func surroundings(of carrier: Int) -> [UInt8] {
        let (start, end) = parts(around: carrier)
        return start + end
    }

    /// The file with a carrier of a store.
    func file(with carrier: [UInt8]) -> Data {
        let (start, end) = parts(around: carrier.count)
        return Data(start + carrier + end)
    }

    private func parts(around carrier: Int) -> (before: [UInt8], after: [UInt8]) {
        guard format == .webP else { return (before, after) }
        let length = UInt64(before.count + carrier + after.count - 8)
        let head = Array(before[..<4]) + BigEndian.bytes(length, 4).reversed()
        return (head + before[8...], after)
    }

    /// A store as the format carries it.
    func carrier(of store: [UInt8]) -> [UInt8] {
        switch format {
        case .png: PNGChunks.chunk("caBX", store)
        case .jpeg: Self.segments(of: store)
        case .webP: RIFF.chunk("C2PA", store)
        }
    }

    // MARK: PNG

    /// Right behind the head.
    private static func png(_ file: [UInt8]) -> (Range<Int>, [UInt8]?)? {
        let chunks = PNGChunks.split(file)
        guard let head = chunks.first, head.type == "IHDR" else { return nil }
        guard let chunk = chunks.first(where: { $0.type == "caBX" }) else {
            let end = head.content.endIndex + 4
            return (end..<end, nil)
        }
        let content = chunk.content
        return (content.startIndex - 8..<content.endIndex + 4, Array(content))
    }

    // MARK: JPEG

    private static let largestPiece = 65000
    /// What is common to all segments of a box: JPEG XT's letters and the box's number.
    private static let segmentHead: [UInt8] = Array("JP".utf8) + [0x00, 0x01]

    /// Segments of APP11 (ISO/IEC 18477-3, B.1), numbered from 1; each begins again with the box's
    /// length and letters.
    private static func segments(of store: [UInt8]) -> [UInt8] {
        let (head, content) = (store.prefix(8), store.dropFirst(8))
        var segments: [UInt8] = []
        for (number, start) in stride(from: 0, to: content.count, by: largestPiece).enumerated() {
            let piece = content.dropFirst(start).prefix(largestPiece)
            let body = segmentHead + BigEndian.bytes(UInt64(number + 1), 4) + head + piece
            segments += [0xFF, 0xEB] + BigEndian.bytes(UInt64(body.count + 2), 2) + body
        }
        return segments
    }

    /// Behind JFIF's own segment, which comes first.
    private static func jpeg(_ file: [UInt8]) -> (Range<Int>, [UInt8]?)? {
        var (offset, place, end) = (2, 2, 2)
        var store: [UInt8] = []
        while offset + 4 <= file.count, file[offset] == 0xFF, file[offset + 1] != 0xDA {
            let length = Int(BigEndian.number(file[offset + 2..<offset + 4]))
            let next = offset + 2 + length
            guard length >= 2, next <= file.count else { return nil }
            let body = file[offset + 4..<next]
            if store.isEmpty || offset == end,
                isPiece(body, of: store, marker: file[offset + 1])
            {
                if store.isEmpty { place = offset }
                end = next
                store += store.isEmpty ? body.dropFirst(8) : body.dropFirst(16)
            } else if file[offset + 1] == 0xE0, store.isEmpty, place == 2 {
                (place, end) = (next, next)
            }
            offset = next
        }
        return (place..<end, store.isEmpty ? nil : store)
    }

    private static func isPiece(
        _ body: ArraySlice<UInt8>, of store: [UInt8], marker: UInt8
    ) -> Bool {
        guard marker == 0xEB, body.count >= 16, body.starts(with: Array("JP".utf8)) else {
            return false
        }
        // The first has the description of a store.
        return store.isEmpty
            ? body.dropFirst(24).starts(with: Array("c2pa".utf8))
            : body.dropFirst(8).starts(with: store.prefix(8))
    }

    // MARK: WebP

    /// Behind everything else.
    private static func webP(_ file: [UInt8]) -> (Range<Int>, [UInt8]?)? {
        let chunks = RIFF.chunks(file)
        guard let last = chunks.last else { return nil }
        guard let chunk = chunks.first(where: { $0.type == "C2PA" }) else {
            let end = min(last.content.endIndex + last.content.count % 2, file.count)
            return (end..<end, nil)
        }
        let content = chunk.content
        let end = min(content.endIndex + content.count % 2, file.count)
        return (content.startIndex - 8..<end, Array(content))
    }
}
