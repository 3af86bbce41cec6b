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

    /// What a sum begins with, to be rounded.
    static let half: Int32 = 1 << Int32(fractionBits - 1)

    /// A sum of inputs times weights, begun with ``half``, as a level.
    @inline(__always)
    static func rounded(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> Int32(fractionBits)) }

    /// Behind the last input of an output.
    func end(_ index: Int) -> Int { starts[index] + counts[index] }

    /// How much of an input, no earlier than the first, is in an output.
    func weight(of input: Int, at index: Int) -> Int32 {
        let tap = input - starts[index]
        return tap < counts[index] ? weights[index * stride + tap] : 0
    }

    /// The inputs that any of the positions is made of.
    var inputs: Range<Int> {
        (starts.min() ?? 0)..<(starts.indices.map(end).max() ?? 0)
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
        if width != self.width, height < self.height {
            return resizedRowByRow(across, down, from: needed)
        }
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
                    resizeRow(y, of: input, table, into: &out, at: row * newWidth * channels)
                }
            }
            count = newWidth * rows.count * channels
        }
        return Picture(width: newWidth, height: rows.count, channels: channels, pixels: output)
    }

    @inline(__always)
    private func resizeRow(
        _ y: Int, of input: UnsafeBufferPointer<UInt8>, _ table: ResizeWeights,
        into output: inout UnsafeMutableBufferPointer<UInt8>, at place: Int
    ) {
        for x in table.starts.indices {
            let first = offset(x: table.starts[x], y: y)
            for c in 0..<channels {
                output[place + x * channels + c] = weighted(input, first + c, channels, table, x)
            }
        }
    }

    /// Columns and then rows, as Pillow has it, without the picture between: that of a tall one
    /// which becomes wide and low would be far larger than both. Each of its rows is added to the
    /// few rows of the result that are made of it, and forgotten.
    ///
    /// - Parameter rows: those that the result is made of, which has fewer.
    private func resizedRowByRow(
        _ across: ResizeWeights, _ down: ResizeWeights, from rows: Range<Int>
    ) -> Picture {
        let length = across.starts.count * channels
        var row = [UInt8](repeating: 0, count: length)
        var output: [UInt8] = []
        output.reserveCapacity(length * down.starts.count)
        // Of the rows of the result that are at hand, which begin with `first`.
        var sums: [[Int32]] = []
        var first = 0
        for y in rows {
            pixels.withUnsafeBufferPointer { input in
                row.withUnsafeMutableBufferPointer {
                    resizeRow(y, of: input, across, into: &$0, at: 0)
                }
            }
            while first + sums.count < down.starts.count, down.starts[first + sums.count] <= y {
                sums.append([Int32](repeating: ResizeWeights.half, count: length))
            }
            for index in sums.indices {
                let weight = down.weight(of: y, at: first + index)
                sums[index].withUnsafeMutableBufferPointer { sum in
                    for i in 0..<length { sum[i] &+= Int32(row[i]) &* weight }
                }
            }
            while let sum = sums.first, down.end(first) == y + 1 {
                output += sum.map(ResizeWeights.rounded)
                sums.removeFirst()
                first += 1
            }
        }
        return Picture(
            width: across.starts.count, height: down.starts.count, channels: channels,
            pixels: output)
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
    var sum = ResizeWeights.half
    let weights = position * table.stride
    for tap in 0..<table.counts[position] {
        sum &+= Int32(input[first + tap * step]) &* table.weights[weights + tap]
    }
    return ResizeWeights.rounded(sum)
}
