/// Numbers over a picture, such as how much its parts looked at a word.
public struct HeatMap: Sendable, Equatable {
    /// Of the map, not of the picture.
    public let width: Int
    /// Of the map.
    public let height: Int
    /// Row by row from the top left.
    public let values: [Float]

    /// - Precondition: `values` holds `width * height`, above 0.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(
            width > 0 && height > 0 && values.count == width * height,
            "\(values.count) numbers for a map of \(width)x\(height)")
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// The mean of maps of one size.
    public init(meanOf maps: [HeatMap]) {
        precondition(!maps.isEmpty, "the mean of no maps")
        var sums = [Float](repeating: 0, count: maps[0].values.count)
        for map in maps {
            precondition(
                map.width == maps[0].width && map.height == maps[0].height,
                "maps of \(map.width)x\(map.height) and \(maps[0].width)x\(maps[0].height)")
            for (place, value) in map.values.enumerated() { sums[place] += value }
        }
        self.init(
            width: maps[0].width, height: maps[0].height,
            values: sums.map { $0 / Float(maps.count) })
    }

    /// The mean of all numbers.
    public var mean: Double {
        values.reduce(0) { $0 + Double($1) } / Double(values.count)
    }

    /// From 0, where it is least, to 1, where it is most; all 0 where it is the same everywhere.
    public var normalised: HeatMap {
        let (least, most) = (values.min() ?? 0, values.max() ?? 0)
        let range = most - least
        return mapped { range > 0 ? ($0 - least) / range : 0 }
    }

    /// Where its weight lies, above what is everywhere: each from 0, the left or top edge, to 1.
    public var centre: (x: Double, y: Double) {
        var (sum, x, y) = (0.0, 0.0, 0.0)
        let heat = normalised.values
        for row in 0..<height {
            for column in 0..<width {
                let value = Double(heat[row * width + column])
                sum += value
                x += value * (Double(column) + 0.5) / Double(width)
                y += value * (Double(row) + 0.5) / Double(height)
            }
        }
        return sum > 0 ? (x / sum, y / sum) : (0.5, 0.5)
    }

    /// Bicubic, as PyTorch's `interpolate` does it (a = -0.75, no antialias).
    public func resized(width: Int, height: Int) -> HeatMap {
        guard width != self.width || height != self.height else { return self }
        let across = Self.taps(self.width, width)
        var rows = [Float](repeating: 0, count: self.height * width)
        for row in 0..<self.height {
            for (column, tap) in across.enumerated() {
                var sum: Float = 0
                for k in 0..<4 { sum += tap.weights[k] * values[row * self.width + tap.places[k]] }
                rows[row * width + column] = sum
            }
        }
        var result = [Float](repeating: 0, count: height * width)
        for (row, tap) in Self.taps(self.height, height).enumerated() {
            for column in 0..<width {
                var sum: Float = 0
                for k in 0..<4 { sum += tap.weights[k] * rows[tap.places[k] * width + column] }
                result[row * width + column] = sum
            }
        }
        return HeatMap(width: width, height: height, values: result)
    }

    /// For every output the four inputs around it and their weights (Keys 1981).
    private static func taps(_ from: Int, _ to: Int) -> [(places: [Int], weights: [Float])] {
        let a: Float = -0.75
        func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        return (0..<to).map { index in
            let place = (Float(index) + 0.5) * Float(from) / Float(to) - 0.5
            let start = place.rounded(.down)
            let part = place - start
            return (
                (-1...2).map { max(0, min(from - 1, Int(start) + $0)) },
                [far(part + 1), near(part), near(1 - part), far(2 - part)]
            )
        }
    }

    /// Each number changed.
    public func mapped(_ change: (Float) -> Float) -> HeatMap {
        HeatMap(width: width, height: height, values: values.map(change))
    }
}

extension HeatMap {
    /// As colours to lay over a picture, of the given size: RGBA, from a dark veil where there is
    /// least to bright yellow where there is most.
    public func overlay(width: Int, height: Int) -> Picture {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 4)
        for value in normalised.resized(width: width, height: height).values {
            pixels += Self.colour(max(0, min(1, value)))
        }
        return Picture(width: width, height: height, channels: 4, pixels: pixels)
    }

    /// The picture with the map's colours over it.
    public func over(_ picture: Picture) -> Picture {
        var result = picture.rgb()
        result.paste(overlay(width: picture.width, height: picture.height), x: 0, y: 0)
        return result
    }

    /// Stops of matplotlib's inferno, and how much they hide.
    private static let stops: [[Float]] = [
        [0, 0, 4, 150], [40, 11, 84, 150], [101, 21, 110, 155], [159, 42, 99, 160],
        [212, 72, 66, 165], [245, 125, 21, 175], [250, 193, 39, 180], [252, 255, 164, 190],
    ]

    private static func colour(_ value: Float) -> [UInt8] {
        let place = value * Float(stops.count - 1)
        let index = min(Int(place), stops.count - 2)
        let part = place - Float(index)
        return (0..<4).map {
            UInt8((stops[index][$0] * (1 - part) + stops[index + 1][$0] * part).rounded())
        }
    }
}
