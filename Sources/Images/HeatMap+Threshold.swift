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
    /// its ``threshold`` and black elsewhere.
    public func mask(width: Int, height: Int) -> Picture {
        let map = resized(width: width, height: height)
        let threshold = map.threshold
        return Picture(
            width: width, height: height, channels: 1,
            pixels: map.values.map { $0 >= threshold ? 255 : 0 })
    }
}
