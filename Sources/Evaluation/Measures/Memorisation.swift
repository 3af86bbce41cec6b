import PinxitImages

/// Whether a model copies: how near painted pictures of held-out combinations lie to the nearest
/// training picture, beside how near real pictures of the same combinations lie.
///
/// Composed pictures always have near relatives among the training pictures (the same object in
/// another colour), so a distance alone says nothing. A model that composes lies as far away as
/// the real ones; one that copies lies nearer.
public struct Memorisation: Sendable, Hashable {
    /// What distances are measured in.
    public enum Space: String, Sendable {
        /// Root mean squares over 16 x 16 RGB, in levels of 255.
        case pixels
        /// One less the cosine of an embedder's rows.
        case embedding
    }

    /// A painted picture and the training picture nearest to it.
    public struct Pair: Sendable, Hashable {
        /// Index into the questionnaire's items.
        public var item: Int
        /// Index into the training pictures.
        public var training: Int
        /// From the painted picture to the training picture, in the ``Space``'s unit.
        public var distance: Double
        /// How near a real picture of the same prompt lies to its own nearest.
        public var realDistance: Double
    }

    /// What the distances are measured in.
    public var space: Space
    /// How many training pictures were searched.
    public var trainingPictures: Int
    /// The nearest first.
    public var pairs: [Pair]

    init(space: Space, trainingPictures: Int, pairs: [Pair]) {
        self.space = space
        self.trainingPictures = trainingPictures
        self.pairs = pairs.sorted { ($0.distance, $0.item) < ($1.distance, $1.item) }
    }

    /// Sorted.
    public var painted: [Double] { pairs.map(\.distance) }
    /// Sorted.
    public var real: [Double] { pairs.map(\.realDistance).sorted() }

    /// Share of painted pictures nearer than all but a share of the real ones. Expected of a model
    /// that does not copy: about that share, or less where it paints badly.
    public func shareBelow(quantile: Double) -> Double {
        let limit = Self.quantile(real, quantile)
        return pairs.isEmpty
            ? 0 : Double(pairs.count { $0.distance < limit }) / Double(pairs.count)
    }

    /// Linear between the neighbours; of sorted values.
    public static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard let last = values.last else { return 0 }
        let place = share * Double(values.count - 1)
        let low = min(Int(place), values.count - 1)
        guard low + 1 < values.count else { return last }
        return values[low] + (place - Double(low)) * (values[low + 1] - values[low])
    }
}

/// The row nearest to one, by cosine.
/// - Returns: nil among no rows.
func nearest(to row: [Float], in rows: [[Float]]) -> (index: Int, distance: Double)? {
    guard !rows.isEmpty else { return nil }
    var best = (index: 0, cosine: Float(-1))
    for (index, other) in rows.enumerated() {
        let cosine = cosine(row, other)
        if cosine > best.cosine { best = (index, cosine) }
    }
    return (best.index, max(0, 1 - Double(best.cosine)))
}
