import PinxitTensors

/// What the deep levels of the U-Net made, kept for evaluations that go without them (DeepCache, Ma
/// et al. 2023, arXiv 2312.00858): from one step to the next it changes little, and it is most of
/// the work.
///
/// What is always evaluated is the first residual block on the way down and the last two on the way
/// up.
public final class DeepCache {
    /// Every so many evaluations is a whole one.
    let interval: Int
    private var evaluations = 0
    private var kept: Tensor?

    /// - Parameter interval: Every so many evaluations is whole, the first among them; 1 is all. It
    ///   must be above 0.
    public init(interval: Int) {
        precondition(interval > 0, "an interval of \(interval)")
        self.interval = interval
    }

    /// Starts a new picture.
    public func reset() { (evaluations, kept) = (0, nil) }

    /// Whether the next evaluation goes without the deep levels.
    var isNextShallow: Bool { evaluations % interval != 0 && kept != nil }

    /// What an earlier evaluation kept, or nil if it is time for a whole one.
    func next() -> Tensor? {
        defer { evaluations += 1 }
        return evaluations % interval == 0 ? nil : kept
    }

    func keep(_ deep: Tensor) { kept = deep }
}
