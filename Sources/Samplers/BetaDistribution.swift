import PinxitPlatform

/// The Beta distribution of two equal parameters, of which `scipy.stats.beta.ppf` tells quantiles.
struct SymmetricBeta {
    private let shape: Double
    /// The logarithm of the density's factor before xᵃ (1 − x)ᵃ / a.
    private let logFactor: Double

    /// - Parameter shape: Both parameters, above 0.
    init(shape: Double) {
        self.shape = shape
        logFactor = lgamma(2 * shape) - 2 * lgamma(shape)
    }

    /// Where this share of the probability lies below, 0 to 1.
    func quantile(_ share: Double) -> Double {
        if share <= 0 { return 0 }
        if share > 0.5 { return 1 - quantile(1 - share) }
        var (low, high) = (0.0, 0.5)
        while true {
            let middle = (low + high) / 2
            guard middle > low, middle < high else { return middle }
            if cumulative(middle) < share { low = middle } else { high = middle }
        }
    }

    /// The regularised incomplete beta function for x up to a half, by the continued fraction of
    /// Abramowitz & Stegun 26.5.8, evaluated as Lentz does.
    private func cumulative(_ x: Double) -> Double {
        let a = shape
        var (c, d) = (1.0, 1 / (1 - 2 * a * x / (a + 1)))
        var fraction = d
        for m in 1...200 {
            let m = Double(m)
            let odd = -(a + m) * (2 * a + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            let even = m * (a - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            var change = 1.0
            for part in [even, odd] {
                d = 1 / (1 + part * d)
                c = 1 + part / c
                change = d * c
                fraction *= change
            }
            if abs(change - 1) < 1e-16 { break }
        }
        return exp(logFactor + a * (log(x) + log1p(-x))) * fraction / a
    }
}
