import PinxitPlatform

/// How much picture and how much noise there is: x = alpha · x₀ + sigma · ε.
public struct NoiseLevel: Sendable, Hashable {
    /// What the picture is multiplied by, 0 to 1.
    public var alpha: Double
    /// What standard normal noise is multiplied by, 0 or more.
    public var sigma: Double

    /// A level of any relation between the two.
    public init(alpha: Double, sigma: Double) {
        self.alpha = alpha
        self.sigma = sigma
    }

    /// The level of ᾱ, the cumulative product of the alphas, where alpha² + sigma² = 1.
    public init(cumulativeAlpha: Double) {
        self.init(
            alpha: cumulativeAlpha.squareRoot(), sigma: (1 - cumulativeAlpha).squareRoot())
    }

    /// The level where noise has `ratio` times the size of the picture, with alpha² + sigma² = 1.
    public init(ratio: Double) {
        alpha = 1 / (ratio * ratio + 1).squareRoot()
        sigma = ratio * alpha
    }

    /// The level on the straight path from a picture to noise.
    public init(flow sigma: Double) { self.init(alpha: 1 - sigma, sigma: sigma) }

    /// No noise.
    public static let clean = NoiseLevel(alpha: 1, sigma: 0)

    /// Noise to picture: the "sigma" of Karras et al. 2022.
    public var ratio: Double { sigma / alpha }
}

/// The noise of each training time step, as diffusers computes it in single precision.
public struct NoiseSchedule: Sendable {
    /// ᾱ of each training time step, from little noise to much.
    public let cumulativeAlphas: [Double]

    /// - Parameter keepingLastAboveZero: With zero terminal signal, leave 2⁻²⁴ of it so that no
    ///   ratio is infinite.
    public init(_ configuration: SchedulerConfiguration, keepingLastAboveZero: Bool = true) {
        var betas = Self.betas(configuration)
        let rescales = configuration.rescaleBetasZeroSNR
        if rescales { betas = Self.rescaled(betas) }
        var alphas = Self.cumulativeProduct(betas.map { 1 - $0 })
        if rescales && keepingLastAboveZero { alphas[alphas.count - 1] = 0x1p-24 }
        cumulativeAlphas = alphas.map(Double.init)
    }

    /// Noise to picture at each training time step, in single precision.
    public var ratios: [Double] {
        cumulativeAlphas.map { alpha in
            let alpha = Float(alpha)
            return Double(((1 - alpha) / alpha).squareRoot())
        }
    }

    private static func betas(_ c: SchedulerConfiguration) -> [Float] {
        if let betas = c.trainedBetas { return betas.map { Float($0) } }
        switch c.betaSchedule {
        case .linear:
            return linspace(c.betaStart, c.betaEnd, c.trainTimesteps)
        case .scaledLinear:
            return linspace(c.betaStart.squareRoot(), c.betaEnd.squareRoot(), c.trainTimesteps)
                .map { $0 * $0 }
        case .squaredCosine:
            func bar(_ t: Double) -> Double { pow(cos((t + 0.008) / 1.008 * .pi / 2), 2) }
            let n = Double(c.trainTimesteps)
            return (0..<c.trainTimesteps).map { i in
                Float(min(1 - bar(Double(i + 1) / n) / bar(Double(i) / n), 0.999))
            }
        }
    }

    /// `torch.linspace` in single precision: from both ends to the middle, each point rounded once
    /// as its vector code does. One point lies at the start.
    static func linspace(_ start: Double, _ end: Double, _ count: Int) -> [Float] {
        let (start, end) = (Float(start), Float(end))
        guard count > 1 else { return [start] }
        let step = (end - start) / Float(count - 1)
        return (0..<count).map { i in
            i < count / 2
                ? start.addingProduct(step, Float(i))
                : end.addingProduct(-step, Float(count - 1 - i))
        }
    }

    /// `torch.cumprod`, which multiplies in double precision and rounds each result.
    private static func cumulativeProduct(_ values: [Float]) -> [Float] {
        var product = 1.0
        return values.map {
            product *= Double($0)
            return Float(product)
        }
    }

    /// Shifts and scales √ᾱ so that the last is 0 and the first stays (Lin et al. 2023, algorithm
    /// 1).
    private static func rescaled(_ betas: [Float]) -> [Float] {
        let roots = cumulativeProduct(betas.map { 1 - $0 }).map { $0.squareRoot() }
        let (first, last) = (roots[0], roots[roots.count - 1])
        let bars = roots.map { root -> Float in
            let scaled = (root - last) * (first / (first - last))
            return scaled * scaled
        }
        return bars.indices.map { i in 1 - (i == 0 ? bars[0] : bars[i] / bars[i - 1]) }
    }
}

extension NoiseLevel {
    /// log(α/σ), the λ of DPM-Solver.
    var logRatio: Double { log(alpha / sigma) }
}
