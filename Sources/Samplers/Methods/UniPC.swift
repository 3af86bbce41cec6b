import PinxitPlatform
import PinxitTensors

extension Sampler {
    /// UniPC (Zhao et al. 2023, arXiv 2302.04867): a multistep predictor, and a corrector that
    /// takes the last step again once its end is known, without an evaluation more. diffusers
    /// `scheduling_unipc_multistep.py`, predicting x₀.
    public static let uniPC: Sampler = .uniPC(isFirst: false)

    /// The same with the paper's other function B(h), for few guided steps the first (`bh1`) rather
    /// than the second (`bh2`). Of the name of ``uniPC``, and so equal to it.
    static func uniPC(isFirst: Bool) -> Sampler {
        Sampler(
            name: "unipc", diffusersClass: "UniPCMultistepScheduler", title: "UniPC",
            otherNames: ["uni_pc_bh2"], usualSpacing: .linspace, isMultistep: true,
            plan: { c, spacing, count in
                var steps = c.isFlow ? c.flowSteps(count) : c.uniPCSteps(spacing, count)
                for i in steps.indices {
                    // Of those that are there: a schedule may lay some more than were asked for.
                    let left = c.lowerOrderFinal ?? true ? steps.count - i : c.solverOrder
                    steps[i].order = min(c.solverOrder, i + 1, left)
                    steps[i].isCorrected = !c.uncorrectedSteps.contains(i)
                }
                var plan = SamplingPlan(
                    sampler: uniPC(isFirst: c.usesFirstUniPC), prediction: c.prediction,
                    steps: steps)
                plan.endAtFirstOrder()
                return plan
            },
            begin: { _ in
                var before: [GuessBefore] = []  // the latest last
                var start: Tensor?  // the x of the latest
                return { at, _, _ in
                    var x = at.x
                    if let last = before.last, last.step.isCorrected, let start {
                        let rule = UniPCRule(
                            last.step, before.dropLast().suffix(last.step.order - 1).reversed(),
                            isFirst: isFirst)
                        x = rule.corrected(start, last.clean, at.clean)
                    }
                    start = x
                    let order = min(at.step.order, before.count + 1)
                    let rule = UniPCRule(
                        at.step, before.suffix(order - 1).reversed(), isFirst: isFirst)
                    before = before.suffix(2) + [GuessBefore(clean: at.clean, step: at.step)]
                    return rule.predicted(x, at.clean)
                }
            })
    }
}

/// One step's formulas (equations 3 and 9, in h = the step's length in λ = log(α/σ)).
private struct UniPCRule {
    let step: SamplingStep
    /// Earlier guesses, the latest first, with their places over the step's length.
    let before: [(clean: Tensor, place: Double)]
    /// B(h), and e^(-h) - 1.
    let b: Double
    let growth: Double
    /// What the weights of the slopes shall meet, one more than there are earlier guesses.
    let targets: [Double]

    init(_ step: SamplingStep, _ before: [GuessBefore], isFirst: Bool) {
        self.step = step
        let start = step.from.logRatio
        let h = step.to.logRatio - start
        self.before = before.map { ($0.clean, ($0.step.from.logRatio - start) / h) }
        growth = expm1(-h)
        b = isFirst ? -h : growth
        var (phi, factorial) = (growth / -h - 1, 1.0)
        targets = (1...before.count + 1).map { [b] i in
            defer {
                factorial *= Double(i + 1)
                phi = phi / -h - 1 / factorial
            }
            return phi * factorial / b
        }
    }

    func predicted(_ x: Tensor, _ clean: Tensor) -> Tensor {
        let weights =
            before.count == 1 ? [0.5] : solved(before.map(\.place), Array(targets.dropLast()))
        return end(x, clean, weights, nil)
    }

    /// - Parameter other: The guess at the step's end.
    func corrected(_ x: Tensor, _ clean: Tensor, _ other: Tensor) -> Tensor {
        let weights = before.isEmpty ? [0.5] : solved(before.map(\.place) + [1], targets)
        return end(x, clean, weights, other)
    }

    private func end(
        _ x: Tensor, _ clean: Tensor, _ weights: [Double], _ other: Tensor?
    ) -> Tensor {
        let alpha = step.to.alpha
        // Each difference to an earlier or later guess, over its distance.
        var guesses = zip(before, weights).map { ($0.clean, $1 / $0.place) }
        if let other, let last = weights.last { guesses.append((other, last)) }
        // B(h) may be infinite where the step ends at no noise.
        let part = guesses.isEmpty ? 0 : b * guesses.reduce(0) { $0 + $1.1 }
        var y = blend(
            Float(step.to.sigma / step.from.sigma), x, Float(-alpha * (growth - part)), clean)
        for (guess, weight) in guesses { y = blend(1, y, Float(-alpha * b * weight), guess) }
        return y
    }
}

/// The weights w with Σ wₖ placeₖⁱ = targetᵢ for each power i from 0: a Vandermonde system, at most
/// of three, by elimination.
private func solved(_ places: [Double], _ targets: [Double]) -> [Double] {
    let count = places.count
    var rows = (0..<count).map { i in
        places.map { place in (0..<i).reduce(1.0) { power, _ in power * place } } + [targets[i]]
    }
    for pivot in 0..<count {
        for row in 0..<count where row != pivot {
            let factor = rows[row][pivot] / rows[pivot][pivot]
            for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
        }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
}

extension SchedulerConfiguration {
    /// As DPM++'s steps, but that a curve's noise may be left at its own end, and its time steps
    /// are always whole.
    fileprivate func uniPCSteps(_ spacing: TimestepSpacing, _ count: Int) -> [SamplingStep] {
        solverSteps(spacing, count) { last in finalSigma == .zero ? 0 : last }
    }
}
