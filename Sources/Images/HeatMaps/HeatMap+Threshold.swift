extension HeatMap {
    /// What parts the map's numbers best into low and high ones: where the variance between the two
    /// is greatest (Otsu 1979), of 256 places between the least and the most.
    public var threshold: Float {
        let (least, most) = (values.min() ?? 0, values.max() ?? 0)
        guard most > least, (most - least).isFinite else { return least }
        var counts = [Int](repeating: 0, count: 256)
        for value in values { counts[min(255, Int((value - least) / (most - least) * 256))] += 1 }
        let total = counts.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) }
        var (below, sum) = (0, 0.0)
        var best = (place: 0, variance: -1.0)
        for (place, count) in counts.enumerated().dropLast() {
            below += count
            sum += Double(place * count)
            let above = values.count - below
            guard below > 0, above > 0 else { continue }
            let distance = sum / Double(below) - (total - sum) / Double(above)
            let variance = Double(below) * Double(above) * distance * distance
            if variance > best.variance { best = (place, variance) }
        }
        return least + Float(best.place + 1) / 256 * (most - least)
    }

    /// A picture of one channel, white where the map, brought to the picture's size, is at least
    /// its ``threshold``, and so many pixels around; black elsewhere.
    public func mask(width: Int, height: Int, margin: Int = 0) -> Picture {
        let map = resized(width: width, height: height)
        let threshold = map.threshold
        var white = map.values.map { $0 >= threshold }
        for row in 0..<height {
            let line = Array(white[row * width..<(row + 1) * width])
            white.replaceSubrange(
                row * width..<(row + 1) * width, with: Self.widened(line, by: margin))
        }
        for column in 0..<width {
            let places = stride(from: column, to: white.count, by: width)
            let line = Self.widened(places.map { white[$0] }, by: margin)
            for (place, value) in zip(places, line) { white[place] = value }
        }
        return Picture(
            width: width, height: height, channels: 1, pixels: white.map { $0 ? 255 : 0 })
    }

    /// Whether something within a distance on the line is true.
    private static func widened(_ line: [Bool], by distance: Int) -> [Bool] {
        guard distance > 0 else { return line }
        var counts = [0]
        for value in line { counts.append(counts[counts.count - 1] + (value ? 1 : 0)) }
        return line.indices.map {
            counts[min(line.count, $0 + distance + 1)] > counts[max(0, $0 - distance)]
        }
    }
}
