import PinxitTensors

/// Ways of making latents larger: those of `torch.nn.functional.interpolate` that AUTOMATIC1111's
/// web UI offers, with corners not aligned.
package enum LatentEnlargement: Sendable, CaseIterable {
    case nearest, nearestExact, bilinear, bilinearAntialiased, bicubic, bicubicAntialiased

    /// - Parameter latents: `[1, H, W, C]` in f32.
    /// - Returns: `[1, height, width, C]`; antialiased neither side may be smaller than it was.
    package func callAsFunction(_ latents: Tensor, height: Int, width: Int) -> Tensor {
        let (batch, h, w, c) = latents.picture
        precondition(
            batch == 1 && (!isAntialiased || height >= h && width >= w),
            "\(latents.shape) to \(height)x\(width)")
        let (down, across) = (taps(from: h, to: height), taps(from: w, to: width))
        let values = latents.floats
        var rows = [Float](repeating: 0, count: h * width * c)
        for y in 0..<h {
            for x in 0..<width {
                for tap in across[x] {
                    for i in 0..<c {
                        rows[(y * width + x) * c + i] +=
                            tap.weight * values[(y * w + tap.place) * c + i]
                    }
                }
            }
        }
        var result = [Float](repeating: 0, count: height * width * c)
        let row = width * c
        for y in 0..<height {
            for tap in down[y] {
                for i in 0..<row { result[y * row + i] += tap.weight * rows[tap.place * row + i] }
            }
        }
        return Tensor(result, shape: [1, height, width, c])
    }

    private var isAntialiased: Bool {
        self == .bilinearAntialiased || self == .bicubicAntialiased
    }

    /// What each place of another line is made of.
    private func taps(from input: Int, to output: Int) -> [[(place: Int, weight: Float)]] {
        let scale = Double(input) / Double(output)
        return (0..<output).map { position in
            let center = (Double(position) + 0.5) * scale
            switch self {
            case .nearest: return [(min(Int(Double(position) * scale), input - 1), 1)]
            case .nearestExact: return [(min(Int(center), input - 1), 1)]
            case .bilinear:
                // The first half of a pixel repeats the edge.
                return Self.clamped(max(center - 0.5, 0), 0...1, input) { 1 - abs($0) }
            case .bicubic:
                return Self.clamped(center - 0.5, -1...2, input) { Self.cubic($0, a: -0.75) }
            case .bilinearAntialiased:
                return Self.normalised(center, support: 1, input) { max(1 - abs($0), 0) }
            case .bicubicAntialiased:
                return Self.normalised(center, support: 2, input) { Self.cubic($0, a: -0.5) }
            }
        }
    }

    /// Places beyond the edge are the edge.
    private static func clamped(
        _ center: Double, _ offsets: ClosedRange<Int>, _ input: Int,
        _ weight: (Double) -> Double
    ) -> [(place: Int, weight: Float)] {
        let first = Int(center.rounded(.down))
        return offsets.map {
            let place = first + $0
            return (min(max(place, 0), input - 1), Float(weight(center - Double(place))))
        }
    }

    /// Places beyond the edge are none, and the others weigh 1 together.
    private static func normalised(
        _ center: Double, support: Double, _ input: Int, _ weight: (Double) -> Double
    ) -> [(place: Int, weight: Float)] {
        let first = max(0, Int(center - support + 0.5))
        let end = min(input, Int(center + support + 0.5))
        let raw = (first..<end).map { weight(Double($0) - center + 0.5) }
        let total = raw.reduce(0, +)
        return raw.enumerated().map { (first + $0.offset, Float($0.element / total)) }
    }

    /// Keys' convolution kernel (1981).
    private static func cubic(_ x: Double, a: Double) -> Double {
        let d = abs(x)
        if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    }
}
