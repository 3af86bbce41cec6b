/// So many of so many, with what that says about the true share.
public struct Proportion: Sendable, Hashable {
    /// How many counted as right.
    public var right: Int
    /// Of how many.
    public var count: Int

    /// - Precondition: `right` is from 0 to `count`.
    public init(right: Int, count: Int) {
        precondition(right >= 0 && right <= count, "\(right) of \(count) is no share")
        self.right = right
        self.count = count
    }

    /// The share; 0 where nothing was counted.
    public var value: Double { count == 0 ? 0 : Double(right) / Double(count) }

    /// Wilson's interval at 95 % (Wilson 1927), which stays inside [0, 1] for small counts.
    public var interval: ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let z = 1.959963984540054
        let n = Double(count)
        let center = (value + z * z / (2 * n)) / (1 + z * z / n)
        let spread =
            z / (1 + z * z / n) * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, center - spread)...min(1, center + spread)
    }
}
