/// How the steps are laid over the training time steps: Table 2 of Lin et al. 2023 (arXiv
/// 2305.08891).
public enum TimestepSpacing: String, CaseIterable, Codable, Sendable {
    /// Evenly from the last time step to the first; whole strides from the first; whole strides
    /// down from the last.
    case linspace, leading, trailing
}

// What the scheduler classes of diffusers share, `schedulers/scheduling_*.py`.

extension SchedulerConfiguration {
    /// The training time steps to visit, from the most noise; not rounded for `linspace`.
    ///
    /// - Parameter inDouble: Whether those of `linspace` are in double precision, not single: the
    ///   class of `dpmpp_sde` has them so, whose walk looks at levels' last digits.
    func timesteps(
        _ spacing: TimestepSpacing, _ count: Int, inDouble: Bool = false
    ) -> [Double] {
        let n = Double(trainTimesteps)
        switch spacing {
        case .linspace:
            return linspace(n - 1, count - 1, count, inDouble: inDouble)
        case .leading:
            return (0..<count).reversed().map {
                Double($0 * (trainTimesteps / count) + stepsOffset)
            }
        case .trailing:
            return trailing(count)
        }
    }

    /// The same for multistep solvers, which lay one point more and leave out the last.
    ///
    /// - Parameter last: How many time steps are used, counted from the first. Where that is not
    ///   all of them, trailing spacing takes fewer steps than asked for.
    func solverTimesteps(_ spacing: TimestepSpacing, _ count: Int, last: Int) -> [Double] {
        switch spacing {
        case .linspace:
            return linspace(Double(last - 1), count, count).map { $0.rounded(.toNearestOrEven) }
        case .leading:
            let stride = last / (count + 1)
            return (1...count).reversed().map { Double($0 * stride + stepsOffset) }
        case .trailing:
            guard last < trainTimesteps else { return trailing(count) }
            let step = Double(trainTimesteps) / Double(count)
            return stride(from: Double(last), to: 0, by: -step)
                .map { $0.rounded(.toNearestOrEven) - 1 }
        }
    }

    /// `count` points at equal distances from `top`, which is `intervals` of them above 0.
    private func linspace(
        _ top: Double, _ intervals: Int, _ count: Int, inDouble: Bool = false
    ) -> [Double] {
        // A single point of NumPy's linspace lies at its start.
        if intervals == 0 { return [0] }
        let step = top / Double(intervals)
        return (0..<count).map { i in
            let place = i == 0 ? top : Double(intervals - i) * step
            return inDouble ? place : Double(Float(place))
        }
    }

    private func trailing(_ count: Int) -> [Double] {
        let n = Double(trainTimesteps)
        let step = n / Double(count)
        return (0..<count).map { (n - Double($0) * step).rounded(.toNearestOrEven) - 1 }
    }

    /// The steps along the sigmas of a rectified flow, which are those of all samplers. A curve
    /// that is asked for lies between their ends, and its time steps are not rounded
    /// (`FlowMatchEulerDiscreteScheduler`).
    func flowSteps(_ count: Int) -> [SamplingStep] {
        let n = Double(trainTimesteps)
        let sigmas = (0...count).map { i -> Double in
            let sigma = (1 - 1 / n) * Double(count - i) / Double(count)
            return flowShift * sigma / (1 + (flowShift - 1) * sigma)
        }
        let last = finalSigma == .zero ? 0 : NoiseSchedule(self).ratios[0]
        let isBent = askedCurve.map { $0 != .normal } ?? false
        let bent = isBent ? curve(from: sigmas[0], to: sigmas[count - 1], count) : nil
        let places = bent ?? Array(sigmas.dropLast())
        let levels = (places + [last]).map { NoiseLevel(flow: Double(Float($0))) }
        return (0..<count).map { i in
            let time = places[i] * n
            return SamplingStep(
                timestep: Float(bent == nil ? time.rounded(.down) : time), input: levels[i],
                to: levels[i + 1])
        }
    }
}

extension SchedulerConfiguration {
    /// The ratios of a curve between two, where the configuration asks for one: those of Karras et
    /// al. 2022, equation 5 with ρ = 7, of even logarithms, or of a Beta distribution's quantiles.
    ///
    /// - Parameters:
    ///   - high: Where it begins, unless ``sigmaMax`` says.
    ///   - low: Where it ends, unless ``sigmaMin`` says.
    func curve(from high: Double, to low: Double, _ count: Int) -> [Double]? {
        let (high, low) = (sigmaMax ?? high, sigmaMin ?? low)
        func line(_ start: Double, _ end: Double) -> [Double] {
            (0..<count).map {
                start + (count > 1 ? Double($0) / Double(count - 1) : 0) * (end - start)
            }
        }
        if useKarrasSigmas { return line(high.power(1 / 7), low.power(1 / 7)).map { $0.power(7) } }
        if useExponentialSigmas {
            return line(high.logarithm, low.logarithm).map(\.exponential)
        }
        let beta = SymmetricBeta(shape: 0.6)
        return useBetaSigmas
            ? line(1, 0).map { low + beta.quantile($0) * (high - low) } : nil
    }
}

extension [SamplingStep] {
    /// Steps as they are laid.
    init(_ layout: StepLayout) {
        self.init(times: layout.times, ratios: layout.levels + [layout.end])
    }

    /// Steps between ratios of noise to picture, one more than times, rounded to single precision
    /// as diffusers keeps them.
    init(times: [Double], ratios: [Double]) {
        let levels = ratios.map { NoiseLevel(ratio: Double(Float($0))) }
        self = times.indices.map { i in
            SamplingStep(timestep: Float(times[i]), input: levels[i], to: levels[i + 1])
        }
    }
}
