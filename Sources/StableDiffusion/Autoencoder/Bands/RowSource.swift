import PinxitLayers
import PinxitTensors

/// A feature map of one picture that is made a few rows at a time, each row when it is asked for.
///
/// Rows come as `[1, rows, width, channels]`.
protocol RowSource {
    var height: Int { get }
    var width: Int { get }
    var channels: Int { get }
    var type: ElementType { get }

    func rows(_ range: Range<Int>) -> Tensor
    /// Says that rows before `row` will not be asked for again.
    func release(before row: Int)
}

extension RowSource {
    var byteCount: Int { height * width * channels * type.size }

    /// All rows, in pieces of about so many bytes.
    func bands(of bytes: Int) -> [Range<Int>] {
        let rows = max(bytes / max(width * channels * type.size, 1), 8)
        return stride(from: 0, to: height, by: rows).map { $0..<min($0 + rows, height) }
    }
}

/// A convolution of stride 1 that keeps the size: a band needs some rows of the source beyond its
/// own.
struct ConvolvedRows: RowSource {
    let source: any RowSource
    let layer: Conv2d

    var height: Int { source.height }
    var width: Int { source.width }
    var channels: Int { layer.weight.shape[0] }
    var type: ElementType { source.type }
    private var reach: Int { layer.weight.shape[2] / 2 }

    func rows(_ range: Range<Int>) -> Tensor {
        // Winograd's tiles are two rows high: where they lie as in the whole map, they round as
        // there.
        let even = range.lowerBound & ~1..<min((range.upperBound + 1) & ~1, height)
        let start = range.lowerBound - even.lowerBound
        return convolved(even).sliced(axis: 1, start..<start + range.count)
    }

    private func convolved(_ range: Range<Int>) -> Tensor {
        let (first, last) = (range.lowerBound - reach, range.upperBound + reach)
        if let axes = CircularPadding.axes, reach > 0 { return wrapped(first..<last, axes) }
        let present = max(first, 0)..<min(last, height)
        let edges = Operation.Convolution(
            stride: 1, top: present.lowerBound - first, left: reach,
            bottom: last - present.upperBound, right: reach)
        return conv2d(source.rows(present), layer.weight, bias: layer.bias, edges)
    }

    /// The same where a picture meets itself at its edges.
    ///
    /// - Parameter rows: Those to be read, which may lie beyond the first and the last.
    private func wrapped(_ rows: Range<Int>, _ axes: TileAxes) -> Tensor {
        let present = rows.clamped(to: 0..<height)
        var x = source.rows(present)
        var edges = Operation.Convolution(
            stride: 1, top: present.lowerBound - rows.lowerBound, left: reach,
            bottom: rows.upperBound - present.upperBound, right: reach)
        if axes.wrapsRows {
            var parts = [x]
            if edges.top > 0 { parts.insert(source.rows(height - edges.top..<height), at: 0) }
            if edges.bottom > 0 { parts.append(source.rows(0..<edges.bottom)) }
            x = parts.count == 1 ? x : concatenate(parts, axis: 1)
            (edges.top, edges.bottom) = (0, 0)
        }
        if axes.wrapsColumns {
            x = x.wrapped(axis: 2, before: reach, after: reach)
            (edges.left, edges.right) = (0, 0)
        }
        return conv2d(x, layer.weight, bias: layer.bias, edges)
    }

    func release(before row: Int) { source.release(before: (row & ~1) - reach) }
}

/// Rows normalised by statistics of the whole map.
struct NormalisedRows: RowSource {
    let source: any RowSource
    let statistics: ChannelScale

    /// - Parameter norm: Its statistics are gathered here, which asks the source for every row.
    init(
        _ source: any RowSource, _ norm: GroupNorm, _ memory: BandMemory
    ) throws(CancellationError) {
        self.source = source
        var moments = ChannelMoments(channels: source.channels)
        for band in source.bands(of: memory.bandBytes) {
            try Engine.checkCancellation()
            moments.add(source.rows(band))
        }
        statistics = moments.scale(
            groups: norm.groups, gamma: norm.gamma, beta: norm.beta, epsilon: norm.epsilon)
    }

    var height: Int { source.height }
    var width: Int { source.width }
    var channels: Int { source.channels }
    var type: ElementType { source.type }

    func rows(_ range: Range<Int>) -> Tensor { statistics(source.rows(range), silu: true) }

    func release(before row: Int) { source.release(before: row) }
}

/// Twice as high and wide, each pixel repeated.
struct DoubledRows: RowSource {
    let source: any RowSource

    var height: Int { 2 * source.height }
    var width: Int { 2 * source.width }
    var channels: Int { source.channels }
    var type: ElementType { source.type }

    func rows(_ range: Range<Int>) -> Tensor {
        let half = range.lowerBound / 2..<(range.upperBound + 1) / 2
        let start = range.lowerBound - 2 * half.lowerBound
        return source.rows(half).upsampled2().sliced(axis: 1, start..<start + range.count)
    }

    func release(before row: Int) { source.release(before: row / 2) }
}

/// Half as high and wide: a convolution of 3x3 and stride 2, padded at the bottom and right only.
struct HalvedRows: RowSource {
    let source: any RowSource
    let layer: Conv2d

    var height: Int { source.height / 2 }
    var width: Int { source.width / 2 }
    var channels: Int { layer.weight.shape[0] }
    var type: ElementType { source.type }

    func rows(_ range: Range<Int>) -> Tensor {
        let last = 2 * range.upperBound + 1
        let present = 2 * range.lowerBound..<min(last, source.height)
        let edges = Operation.Convolution(
            stride: 2, top: 0, left: 0, bottom: last - present.upperBound, right: 1)
        return conv2d(source.rows(present), layer.weight, bias: layer.bias, edges)
    }

    func release(before row: Int) { source.release(before: 2 * row) }
}

/// The sum of two maps.
struct SummedRows: RowSource {
    let a: any RowSource
    let b: any RowSource

    var height: Int { a.height }
    var width: Int { a.width }
    var channels: Int { a.channels }
    var type: ElementType { a.type }

    func rows(_ range: Range<Int>) -> Tensor {
        let right = b.rows(range)
        return a.rows(range) + right
    }

    func release(before row: Int) {
        a.release(before: row)
        b.release(before: row)
    }
}

/// A map that remembers the rows it made last, for a second reader close behind the first.
final class RecentRows: RowSource {
    private let source: any RowSource
    private var last: (range: Range<Int>, rows: Tensor)?

    init(_ source: any RowSource) { self.source = source }

    var height: Int { source.height }
    var width: Int { source.width }
    var channels: Int { source.channels }
    var type: ElementType { source.type }

    func rows(_ range: Range<Int>) -> Tensor {
        if let last, last.range.lowerBound <= range.lowerBound,
            last.range.upperBound >= range.upperBound
        {
            let start = range.lowerBound - last.range.lowerBound
            return last.rows.sliced(axis: 1, start..<start + range.count)
        }
        last = nil
        let rows = source.rows(range)
        last = (range, rows)
        return rows
    }

    func release(before row: Int) { source.release(before: row) }
}

/// A map in memory, which lets go of rows that are no longer wanted.
final class StoredRows: RowSource {
    let height: Int
    let width: Int
    let channels: Int
    let type: ElementType
    private var bands: [(range: Range<Int>, rows: Tensor)]
    private let memory: BandMemory

    /// - Parameter map: `[1, height, width, channels]`.
    init(_ map: Tensor, _ memory: BandMemory) {
        (_, height, width, channels) = map.picture
        type = map.type
        bands = [(0..<map.shape[1], map)]
        self.memory = memory
        memory.held += map.byteCount
    }

    /// Makes every row of a source.
    ///
    /// - Parameter isLast: Whether nothing else will read the source, so that it may let go of what
    ///   was read.
    init(
        making source: any RowSource, isLast: Bool, _ memory: BandMemory
    ) throws(CancellationError) {
        (height, width, channels) = (source.height, source.width, source.channels)
        type = source.type
        bands = []
        self.memory = memory
        // Where a picture meets itself at its edges the last rows look at the first.
        let isLast = isLast && !(CircularPadding.axes?.wrapsRows ?? false)
        for band in source.bands(of: memory.bandBytes) {
            try Engine.checkCancellation()
            let rows = source.rows(band)
            memory.held += rows.byteCount
            bands.append((band, rows))
            // A band reads at most four rows beyond its own.
            if isLast { source.release(before: band.upperBound - 4) }
        }
    }

    deinit { for band in bands { memory.held -= band.rows.byteCount } }

    func rows(_ range: Range<Int>) -> Tensor {
        let parts = bands.compactMap { band, rows -> Tensor? in
            let common = band.clamped(to: range)
            guard !common.isEmpty else { return nil }
            return rows.sliced(
                axis: 1,
                common.lowerBound - band.lowerBound..<common.upperBound - band.lowerBound)
        }
        let result = parts.count == 1 ? parts[0] : concatenate(parts, axis: 1)
        precondition(result.shape[1] == range.count, "rows \(range) were released")
        return result
    }

    func release(before row: Int) {
        while let first = bands.first, first.range.upperBound <= row {
            memory.held -= first.rows.byteCount
            bands.removeFirst()
        }
    }
}

/// How much of the maps may be held at once.
final class BandMemory {
    let budget: Int
    /// The size of the pieces that maps are made in.
    let bandBytes: Int
    fileprivate(set) var held = 0

    init(budget: Int, bandBytes: Int) {
        self.budget = budget
        self.bandBytes = bandBytes
    }

    /// The map in memory if it fits the budget, else made again for every reader.
    func kept(_ source: any RowSource) throws(CancellationError) -> any RowSource {
        held + source.byteCount <= budget
            ? try StoredRows(making: source, isLast: false, self) : RecentRows(source)
    }

    /// A residual block, see ``ResnetBlock``.
    func rows(
        of block: ResnetBlock, _ x: any RowSource
    ) throws(CancellationError) -> any RowSource {
        let first = try kept(
            ConvolvedRows(source: NormalisedRows(x, block.norm1, self), layer: block.conv1))
        let second = ConvolvedRows(
            source: try NormalisedRows(first, block.norm2, self), layer: block.conv2)
        let skip: any RowSource = block.shortcut.map { ConvolvedRows(source: x, layer: $0) } ?? x
        return try StoredRows(making: SummedRows(a: skip, b: second), isLast: true, self)
    }
}
