import PinxitPlatform

/// Pillow's resampling filters. Shrinking widens the filter (antialias), as Pillow does.
public enum ResizeFilter: Sendable {
    /// Pillow's `BOX`, `BILINEAR`, `BICUBIC` (a = -0.5) and `LANCZOS` (three lobes).
    case box, bilinear, bicubic, lanczos

    var support: Double {
        switch self {
        case .box: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    func weight(_ x: Double) -> Double {
        let distance = abs(x)
        switch self {
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return distance < 1 ? 1 - distance : 0
        case .bicubic:
            let a = -0.5
            if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
            if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
            return 0
        case .lanczos: return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
        }
    }

    private func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : sin(x * .pi) / (x * .pi)
    }
}

/// For every output position asked for along one axis: where its inputs start, and their weights in
/// fixed point with 22 fractional bits (Pillow's `precompute_coeffs`, `normalize_coeffs_8bpc`).
struct ResizeWeights {
    static let fractionBits = 22
    private(set) var starts: [Int] = []
    private(set) var counts: [Int] = []
    /// `output * stride + tap`.
    private(set) var weights: [Int32] = []
    let stride: Int

    /// - Parameter positions: those of the output that are asked for.
    init(from input: Int, to output: Int, filter: ResizeFilter, positions: Range<Int>) {
        let scale = Double(input) / Double(output)
        let widening = max(scale, 1)
        let support = filter.support * widening
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = Array(repeating: 0, count: positions.count * stride)
        for (index, position) in positions.enumerated() {
            let center = (Double(position) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let end = min(input, Int(center + support + 0.5))
            let raw = (first..<end).map { filter.weight((Double($0) - center + 0.5) / widening) }
            let total = raw.reduce(0, +)
            for (tap, weight) in raw.enumerated() {
                let value = (total == 0 ? weight : weight / total) * Double(1 << Self.fractionBits)
                weights[index * stride + tap] = Int32(value + (value < 0 ? -0.5 : 0.5))
            }
            starts.append(first)
            counts.append(raw.count)
        }
    }

    /// The inputs that any of the positions is made of.
    var inputs: Range<Int> {
        let ends = zip(starts, counts).map { $0 + $1 }
        return (starts.min() ?? 0)..<(ends.max() ?? 0)
    }
}

extension Picture {
    /// Resized to `width` x `height`, equal to Pillow's `Image.resize`. RGBA is resized with
    /// premultiplied alpha and divided out again; pass `premultiplied: true` where the pixels
    /// are premultiplied already and shall stay so.
    ///
    /// - Parameters:
    ///   - columns: Those of the result that are wanted, all by default; only they are computed.
    ///   - rows: The same of its rows.
    public func resized(
        width: Int, height: Int, filter: ResizeFilter, premultiplied: Bool = false,
        columns: Range<Int>? = nil, rows: Range<Int>? = nil
    ) -> Picture {
        precondition(width > 0 && height > 0, "cannot resize to \(width)x\(height)")
        let (columns, rows) = (columns ?? 0..<width, rows ?? 0..<height)
        precondition(
            0 <= columns.lowerBound && columns.upperBound <= width && 0 <= rows.lowerBound
                && rows.upperBound <= height,
            "columns \(columns) and rows \(rows) leave the picture \(width)x\(height)")
        if width == self.width && height == self.height {
            if columns.count == width && rows.count == height { return self }
            return cropped(
                x: columns.lowerBound, y: rows.lowerBound, width: columns.count,
                height: rows.count)
        }
        if channels == 4 && !premultiplied {
            return premultipliedByAlpha()
                .resized(
                    width: width, height: height, filter: filter, premultiplied: true,
                    columns: columns, rows: rows
                )
                .dividedByAlpha()
        }
        let across = ResizeWeights(
            from: self.width, to: width, filter: filter, positions: columns)
        let down = ResizeWeights(from: self.height, to: height, filter: filter, positions: rows)
        // Rows that no wanted one is made of are left alone.
        let needed = height == self.height ? rows : down.inputs
        let result =
            width == self.width
            ? cropped(
                x: columns.lowerBound, y: needed.lowerBound, width: columns.count,
                height: needed.count)
            : resizedHorizontally(across, rows: needed)
        return height == self.height ? result : result.resizedVertically(down, from: needed)
    }

    private func resizedHorizontally(_ table: ResizeWeights, rows: Range<Int>) -> Picture {
        let newWidth = table.starts.count
        let output = [UInt8](unsafeUninitializedCapacity: newWidth * rows.count * channels) {
            out, count in
            pixels.withUnsafeBufferPointer { input in
                for (row, y) in rows.enumerated() {
                    for x in 0..<newWidth {
                        let first = offset(x: table.starts[x], y: y)
                        for c in 0..<channels {
                            out[(row * newWidth + x) * channels + c] = weighted(
                                input, first + c, channels, table, x)
                        }
                    }
                }
            }
            count = newWidth * rows.count * channels
        }
        return Picture(width: newWidth, height: rows.count, channels: channels, pixels: output)
    }

    /// - Parameter rows: those of the whole picture that this one holds.
    private func resizedVertically(_ table: ResizeWeights, from rows: Range<Int>) -> Picture {
        let newHeight = table.starts.count
        let row = width * channels
        let output = [UInt8](unsafeUninitializedCapacity: row * newHeight) { out, count in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<newHeight {
                    let start = (table.starts[y] - rows.lowerBound) * row
                    for column in 0..<row {
                        out[y * row + column] = weighted(input, start + column, row, table, y)
                    }
                }
            }
            count = row * newHeight
        }
        return Picture(width: width, height: newHeight, channels: channels, pixels: output)
    }
}

@inline(__always)
private func weighted(
    _ input: UnsafeBufferPointer<UInt8>, _ first: Int, _ step: Int, _ table: ResizeWeights,
    _ position: Int
) -> UInt8 {
    var sum: Int32 = 1 << Int32(ResizeWeights.fractionBits - 1)
    let weights = position * table.stride
    for tap in 0..<table.counts[position] {
        sum &+= Int32(input[first + tap * step]) &* table.weights[weights + tap]
    }
    return UInt8(clamping: sum >> Int32(ResizeWeights.fractionBits))
}
