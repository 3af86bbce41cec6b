extension HeatMap {
    /// How far two pictures are apart at each pixel: the mean over channels, in levels of 255.
    ///
    /// - Precondition: They are of one size and number of channels.
    public init(differenceOf a: Picture, _ b: Picture) {
        precondition(
            a.width == b.width && a.height == b.height && a.channels == b.channels,
            "the difference of \(a.width)x\(a.height)x\(a.channels) and "
                + "\(b.width)x\(b.height)x\(b.channels)")
        let values = (0..<a.width * a.height).map { pixel in
            (pixel * a.channels..<(pixel + 1) * a.channels).reduce(Float(0)) {
                $0 + abs(Float(a.pixels[$1]) - Float(b.pixels[$1]))
            } / Float(a.channels)
        }
        self.init(width: a.width, height: a.height, values: values)
    }
}
