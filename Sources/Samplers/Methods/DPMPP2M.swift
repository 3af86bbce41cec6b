import PinxitPlatform
import PinxitTensors

extension Sampler {
    /// DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095, algorithm 2), multistep: of second order
    /// with the midpoint rule, unless the configuration asks for another order or rule.
    public static let dpmpp2M: Sampler = Sampler(
        name: "dpmpp_2m", diffusersClass: "DPMSolverMultistepScheduler", title: "DPM++ 2M",
        usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var plan =
                if let edm = c.edm { c.edmPlan(edm, .dpmpp2M, count) } else {
                    SamplingPlan(
                        sampler: .dpmpp2M, prediction: c.prediction,
                        steps: c.isFlow ? c.flowSteps(count) : c.solverSteps(spacing, count))
                }
            for i in plan.steps.indices {
                plan.steps[i].order = c.solverOrder(ofStep: i, of: plan.steps.count)
            }
            plan.endAtFirstOrder()
            plan.solverType = c.solverType
            return plan
        },
        begin: { plan in
            var before: [GuessBefore] = []  // the latest last
            return { at, _, _ in
                let (step, clean) = (at.step, at.clean)
                defer { before = before.suffix(1) + [GuessBefore(clean: clean, step: step)] }
                let order = min(step.order, before.count + 1)
                let guess = combined(
                    step, clean, before.suffix(order - 1).reversed(),
                    SlopeWeights(over: step.to.logRatio - step.from.logRatio, plan.solverType))
                return firstOrder(step, at.x, guess)
            }
        })
}

extension SamplingPlan {
    /// Takes the last step by itself where it ends at no noise, whatever the configuration says:
    /// its length in λ has no bound.
    mutating func endAtFirstOrder() {
        if let last = steps.indices.last, steps[last].to.sigma == 0 { steps[last].order = 1 }
    }
}

/// A guess of x₀ from an earlier step.
struct GuessBefore {
    let clean: Tensor
    let step: SamplingStep
}

/// How much of its slopes over λ is added to a guess of x₀.
struct SlopeWeights {
    /// Of the slope, in a step of second order.
    let second: Double
    /// Of the slope and of the bend, in a step of third order.
    let linear: Double
    let quadratic: Double
}

extension SlopeWeights {
    /// Those of DPM-Solver++ in a step over h of λ: with E = exp(-h) - 1, its factors over those of
    /// x₀.
    init(over h: Double, _ type: SchedulerConfiguration.SolverType) {
        let e = expm1(-h)
        let linear = -(e / h + 1) / e
        self.init(
            second: type == .midpoint ? 0.5 : linear, linear: linear,
            quadratic: ((e + h) / (h * h) - 0.5) / e)
    }
}

/// What a first-order step takes in place of x₀: x₀ + c₁ D₁ + c₂ D₂ with divided differences of it
/// over λ = log(α/σ).
///
/// - Parameter before: Up to two earlier guesses, the latest first.
func combined(
    _ step: SamplingStep, _ clean: Tensor, _ before: [GuessBefore], _ weights: SlopeWeights
) -> Tensor {
    guard !before.isEmpty else { return clean }
    let h = step.to.logRatio - step.from.logRatio
    let r0 = (step.from.logRatio - before[0].step.from.logRatio) / h
    guard before.count > 1 else {
        let weight = Float(weights.second / r0)
        return blend(1 + weight, clean, -weight, before[0].clean)
    }
    let (linear, quadratic) = (weights.linear, weights.quadratic)
    let r1 = (before[0].step.from.logRatio - before[1].step.from.logRatio) / h
    // D₁ = d₀ + r0/(r0+r1) (d₀ - d₁), D₂ = (d₀ - d₁)/(r0+r1), dᵢ the slopes over one interval.
    let bend = (linear * r0 + quadratic) / (r0 + r1)
    let (first, second) = ((linear + bend) / r0, -bend / r1)
    let near = blend(
        Float(1 + first), clean, Float(second - first), before[0].clean)
    return blend(1, near, Float(-second), before[1].clean)
}

extension SchedulerConfiguration {
    /// How far a step looks back: the first not, nor the last before no noise or of few.
    fileprivate func solverOrder(ofStep index: Int, of count: Int) -> Int {
        let isFew = (lowerOrderFinal ?? true) && count < 15
        let endsLow = eulerAtFinal || isFew || finalSigma == .zero
        if index == 0 || (index == count - 1 && endsLow) { return 1 }
        let most = index == count - 2 && isFew ? 2 : 3
        return min(solverOrder, index + 1, most)
    }

    /// The steps of UniPC and DEIS, whose time steps are whole.
    ///
    /// - Parameter end: The ratio to end at, given the last of a curve, or that of the first
    ///   training time step.
    func solverSteps(
        _ spacing: TimestepSpacing, _ count: Int, end: (Double) -> Double
    ) -> [SamplingStep] {
        let ratios = NoiseSchedule(self).ratios
        if let layout = layout(ratios, count) { return [SamplingStep](layout) }
        var times = solverTimesteps(spacing, count, last: trainTimesteps)
        var levels = times.map { ratios.interpolated(at: $0) }
        var last = ratios[0]
        if let curve = curve(from: ratios[ratios.count - 1], to: ratios[0], count) {
            (levels, last) = (curve, curve[count - 1])
            times = levels.map {
                ratios.time(of: $0).rounded(useKarrasSigmas ? .toNearestOrEven : .down)
            }
        }
        return [SamplingStep](times: times, ratios: levels + [end(last)])
    }

    /// diffusers `scheduling_dpmsolver_multistep.py`.
    ///
    /// - Parameter roundsCosines: Whether Karras' time steps are rounded where betas are cosines,
    ///   as `scheduling_dpmsolver_singlestep.py` does; else their fractions are dropped.
    func solverSteps(
        _ spacing: TimestepSpacing, _ count: Int, roundsCosines: Bool = false
    ) -> [SamplingStep] {
        let schedule = NoiseSchedule(self)
        let ratios = schedule.ratios
        if let layout = layout(ratios, count) { return [SamplingStep](layout) }
        var times = solverTimesteps(spacing, count, last: schedule.timesteps(above: lambdaMin))
        var levels = times.map { ratios.interpolated(at: $0) }
        var curved = self
        if useLuLambdas, !useKarrasSigmas {
            curved.useExponentialSigmas = true
            (curved.sigmaMin, curved.sigmaMax) = (nil, nil)
        }
        if let curve = curved.curve(from: ratios[ratios.count - 1], to: ratios[0], count) {
            let rounding: FloatingPointRoundingRule =
                (useKarrasSigmas || useLuLambdas)
                    && (roundsCosines || betaSchedule != .squaredCosine)
                ? .toNearestOrEven : .down
            levels = curve
            times = levels.map { ratios.time(of: $0).rounded(rounding) }
        }
        let end = finalSigma == .zero ? 0 : ratios[0]
        return [SamplingStep](times: times, ratios: levels + [end])
    }
}

extension NoiseSchedule {
    /// How many time steps have a λ = log(α/σ) of at least this, counted from the first.
    fileprivate func timesteps(above lambda: Double) -> Int {
        let least = Float(lambda)
        let below = cumulativeAlphas.reversed().prefix { alpha in
            let alpha = Float(alpha)
            let (a, s) = (alpha.squareRoot(), (1 - alpha).squareRoot())
            return Float(Double(a).logarithm) - Float(Double(s).logarithm) < least
        }
        return cumulativeAlphas.count - below.count
    }
}
