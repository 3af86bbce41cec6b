/// Which rows of a whole batch are at hand, while something is drawn for each of the batch.
struct DrawnRows {
    private let all: Int
    private let own: [Range<Int>]

    /// All of so many.
    init(all: Int) { (self.all, own) = (all, [0..<all]) }

    /// A rank's rows of a step's, in each of several batches that follow one another.
    init(of optimisation: OptimisationSettings, times: Int = 1) {
        let (rows, batch) = (optimisation.rows, optimisation.batch)
        all = times * batch
        own = (0..<times).map { rows.lowerBound + $0 * batch..<rows.upperBound + $0 * batch }
    }

    /// What is drawn for the rows at hand.
    func drawn<Value>(_ draw: () -> Value) -> [Value] {
        let values = (0..<all).map { _ in draw() }
        return own.flatMap { values[$0] }
    }
}
