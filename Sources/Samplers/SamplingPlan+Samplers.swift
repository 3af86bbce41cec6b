// The steps of each scheduler class of diffusers, `schedulers/scheduling_*.py`.

extension SamplingPlan {
    init(ddim c: SchedulerConfiguration, _ count: Int) {
        let alphas = NoiseSchedule(c, keepingLastAboveZero: false).cumulativeAlphas
        let spacing = c.spacing ?? Sampler.ddim.usualSpacing
        let last = (c.setAlphaToOne ?? true) ? 1 : alphas[0]
        let stride = c.trainTimesteps / count
        let steps = c.timesteps(spacing, count).map { t in
            let t = t.rounded(.toNearestOrEven).clamped(to: alphas)
            let level = NoiseLevel(cumulativeAlpha: alphas[t])
            let to = t >= stride ? alphas[t - stride] : last
            return SamplingStep(
                timestep: Float(t), input: level, to: NoiseLevel(cumulativeAlpha: to))
        }
        self.init(sampler: .ddim, prediction: c.prediction, steps: steps)
    }

    init(pndm c: SchedulerConfiguration, _ count: Int) {
        let alphas = NoiseSchedule(c).cumulativeAlphas
        let last = (c.setAlphaToOne ?? false) ? 1 : alphas[0]
        let stride = c.trainTimesteps / count
        var times = c.timesteps(c.spacing ?? Sampler.pndm.usualSpacing, count)
            .map { $0.rounded(.toNearestOrEven).clamped(to: alphas) }
        if times.count > 1 { times.insert(times[1], at: 1) }
        let steps = times.enumerated().map { index, t in
            let repeats = index == 1
            let start = repeats ? Double(t + stride).clamped(to: alphas) : t
            let end = repeats ? t : t - stride
            return SamplingStep(
                timestep: Float(t), input: NoiseLevel(cumulativeAlpha: alphas[t]),
                from: NoiseLevel(cumulativeAlpha: alphas[start]),
                to: NoiseLevel(cumulativeAlpha: end >= 0 ? alphas[end] : last))
        }
        self.init(sampler: .pndm, prediction: c.prediction, steps: steps)
    }

    init(euler c: SchedulerConfiguration, _ sampler: Sampler, _ count: Int) {
        let ratios = NoiseSchedule(c).ratios
        let spacing = c.spacing ?? sampler.usualSpacing
        var times = c.timesteps(spacing, count)
        var levels = times.map { ratios.interpolated(at: $0) }
        if c.useKarrasSigmas && sampler == .euler {
            levels = karras(from: levels[0], to: levels[levels.count - 1], count)
            times = levels.map { ratios.time(of: $0) }
        }
        let end = c.finalSigma == .zero || sampler == .eulerAncestral ? 0 : ratios[0]
        let steps = Self.steps(times, levels + [end])
        self.init(
            sampler: sampler, prediction: c.prediction, steps: steps,
            initialScale: spacing == .leading ? 1 : steps.map(\.input.sigma).max()!)
    }

    init(dpmpp2M c: SchedulerConfiguration, _ count: Int) {
        let ratios = NoiseSchedule(c).ratios
        var times = c.solverTimesteps(c.spacing ?? Sampler.dpmpp2M.usualSpacing, count)
        var levels = times.map { ratios.interpolated(at: $0) }
        if c.useKarrasSigmas {
            levels = karras(from: ratios[ratios.count - 1], to: ratios[0], count)
            times = levels.map { level in
                let t = ratios.time(of: level)
                return c.betaSchedule == .squaredCosine
                    ? t.rounded(.down) : t.rounded(.toNearestOrEven)
            }
        }
        let steps = Self.steps(times, levels + [c.finalSigma == .zero ? 0 : ratios[0]])
        self.init(
            sampler: .dpmpp2M, prediction: c.prediction, steps: steps,
            secondOrder: c.secondOrder(steps.count))
    }

    init(flow c: SchedulerConfiguration, _ sampler: Sampler, _ count: Int) {
        let n = Double(c.trainTimesteps)
        let sigmas = (0...count).map { i -> Double in
            let sigma = (1 - 1 / n) * Double(count - i) / Double(count)
            return c.flowShift * sigma / (1 + (c.flowShift - 1) * sigma)
        }
        let last = c.finalSigma == .zero ? 0 : NoiseSchedule(c).ratios[0]
        let levels = (sigmas.dropLast() + [last]).map { NoiseLevel(flow: Double(Float($0))) }
        let steps = (0..<count).map { i in
            SamplingStep(
                timestep: Float((sigmas[i] * n).rounded(.down)), input: levels[i],
                to: levels[i + 1])
        }
        self.init(
            sampler: sampler, prediction: .flow, steps: steps,
            secondOrder: c.secondOrder(steps.count))
    }

    /// Steps between ratios of noise to picture, rounded to single precision as diffusers keeps
    /// them.
    private static func steps(_ times: [Double], _ ratios: [Double]) -> [SamplingStep] {
        let levels = ratios.map { NoiseLevel(ratio: Double(Float($0))) }
        return times.indices.map { i in
            SamplingStep(timestep: Float(times[i]), input: levels[i], to: levels[i + 1])
        }
    }
}

extension SchedulerConfiguration {
    /// Which steps DPM++ takes with two evaluations: not the first, nor the last before no noise or
    /// of few.
    fileprivate func secondOrder(_ count: Int) -> [Bool] {
        let endsLow = eulerAtFinal || (lowerOrderFinal && count < 15) || finalSigma == .zero
        return (0..<count).map { solverOrder > 1 && $0 > 0 && !($0 == count - 1 && endsLow) }
    }

    /// The training time steps to visit, from the most noise; not rounded for `linspace`.
    fileprivate func timesteps(_ spacing: TimestepSpacing, _ count: Int) -> [Double] {
        let n = Double(trainTimesteps)
        switch spacing {
        case .linspace:
            return linspace(n - 1, count - 1, count)
        case .leading:
            return (0..<count).reversed().map {
                Double($0 * (trainTimesteps / count) + stepsOffset)
            }
        case .trailing:
            return trailing(count)
        }
    }

    /// The same for multistep solvers, which lay one point more and leave out the last.
    fileprivate func solverTimesteps(_ spacing: TimestepSpacing, _ count: Int) -> [Double] {
        switch spacing {
        case .linspace:
            return linspace(Double(trainTimesteps - 1), count, count)
                .map { $0.rounded(.toNearestOrEven) }
        case .leading:
            let stride = trainTimesteps / (count + 1)
            return (1...count).reversed().map { Double($0 * stride + stepsOffset) }
        case .trailing:
            return trailing(count)
        }
    }

    /// `count` points at equal distances from `top`, which is `intervals` of them above 0.
    private func linspace(_ top: Double, _ intervals: Int, _ count: Int) -> [Double] {
        // A single point of NumPy's linspace lies at its start.
        if intervals == 0 { return [0] }
        let step = top / Double(intervals)
        return (0..<count).map { Double(Float(Double(intervals - $0) * step)) }
    }

    private func trailing(_ count: Int) -> [Double] {
        let n = Double(trainTimesteps)
        let step = n / Double(count)
        return (0..<count).map { (n - Double($0) * step).rounded(.toNearestOrEven) - 1 }
    }
}

/// The ratios of Karras et al. 2022, equation 5, with ρ = 7.
private func karras(from high: Double, to low: Double, _ count: Int) -> [Double] {
    let (start, end) = (high.power(1 / 7), low.power(1 / 7))
    return (0..<count).map { i in
        (start + (count > 1 ? Double(i) / Double(count - 1) : 0) * (end - start)).power(7)
    }
}
