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

/// For every output position along one axis: where its inputs start, and their weights in
/// fixed point with 22 fractional bits (Pillow's `precompute_coeffs`, `normalize_coeffs_8bpc`).
struct ResizeWeights {
    static let fractionBits = 22
    private(set) var starts: [Int] = []
    private(set) var counts: [Int] = []
    /// `output * stride + tap`.
    private(set) var weights: [Int32] = []
    let stride: Int

    init(from input: Int, to output: Int, filter: ResizeFilter) {
        let scale = Double(input) / Double(output)
        let widening = max(scale, 1)
        let support = filter.support * widening
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = Array(repeating: 0, count: output * stride)
        for position in 0..<output {
            let center = (Double(position) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let end = min(input, Int(center + support + 0.5))
            let raw = (first..<end).map { filter.weight((Double($0) - center + 0.5) / widening) }
            let total = raw.reduce(0, +)
            for (tap, weight) in raw.enumerated() {
                let value = (total == 0 ? weight : weight / total) * Double(1 << Self.fractionBits)
                weights[position * stride + tap] = Int32(value + (value < 0 ? -0.5 : 0.5))
            }
            starts.append(first)
            counts.append(raw.count)
        }
    }
}

extension Picture {
    /// Resized to `width` x `height`, equal to Pillow's `Image.resize`. RGBA is resized with
    /// premultiplied alpha and divided out again; pass `premultiplied: true` where the pixels
    /// are premultiplied already and shall stay so.
    public func resized(
        width: Int, height: Int, filter: ResizeFilter, premultiplied: Bool = false
    ) -> Picture {
        precondition(width > 0 && height > 0, "cannot resize to \(width)x\(height)")
        if width == self.width && height == self.height { return self }
        if channels == 4 && !premultiplied {
            return premultipliedByAlpha()
                .resized(width: width, height: height, filter: filter, premultiplied: true)
                .dividedByAlpha()
        }
        var result = self
        if width != self.width { result = result.resizedHorizontally(to: width, filter) }
        if height != self.height { result = result.resizedVertically(to: height, filter) }
        return result
    }

    private func resizedHorizontally(to newWidth: Int, _ filter: ResizeFilter) -> Picture {
        let table = ResizeWeights(from: width, to: newWidth, filter: filter)
        let output = [UInt8](unsafeUninitializedCapacity: newWidth * height * channels) {
            out, count in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<height {
                    for x in 0..<newWidth {
                        let first = offset(x: table.starts[x], y: y)
                        for c in 0..<channels {
                            out[(y * newWidth + x) * channels + c] = weighted(
                                input, first + c, channels, table, x)
                        }
                    }
                }
            }
            count = newWidth * height * channels
        }
        return Picture(width: newWidth, height: height, channels: channels, pixels: output)
    }

    private func resizedVertically(to newHeight: Int, _ filter: ResizeFilter) -> Picture {
        let table = ResizeWeights(from: height, to: newHeight, filter: filter)
        let row = width * channels
        let output = [UInt8](unsafeUninitializedCapacity: row * newHeight) { out, count in
            pixels.withUnsafeBufferPointer { input in
                for y in 0..<newHeight {
                    for column in 0..<row {
                        let first = table.starts[y] * row + column
                        out[y * row + column] = weighted(input, first, row, table, y)
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
