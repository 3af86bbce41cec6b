import PinxitPlatform
import PinxitTensors

extension Sampler {
    /// Diffusion exponential integrator sampler (Zhang & Chen 2022, arXiv 2204.13902), multistep
    /// over log ρ: the polynomial through the last noises, in the logarithm of σ / α, integrated.
    /// diffusers `scheduling_deis_multistep.py`, which ends at the smallest noise, not at none.
    public static let deis: Sampler = Sampler(
        name: "deis", diffusersClass: "DEISMultistepScheduler", title: "DEIS",
        usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var c = c
            c.rescaleBetasZeroSNR = false
            var steps =
                c.isFlow ? c.flowSteps(count) : c.solverSteps(spacing, count) { $0 }
            // Of those that are there: a schedule may lay some more than were asked for.
            let isFew = (c.lowerOrderFinal ?? true) && steps.count < 15
            for i in steps.indices {
                let most = isFew ? min(steps.count - i, 3) : 3
                steps[i].order = min(c.solverOrder, i + 1, most)
            }
            return SamplingPlan(sampler: .deis, prediction: c.prediction, steps: steps)
        },
        begin: { _ in
            // In the coordinates of k-diffusion, whatever the path.
            let path = SigmaPath(isFlow: false)
            var before: [(place: Double, noise: Tensor)] = []  // the latest last
            return { at, _, _ in
                let (from, to) = (at.step.from, at.step.to)
                before = before.suffix(2) + [(from.ratio, path.slope(at.x, at.clean, from))]
                let used = Array(before.suffix(at.step.order).reversed())
                guard to.sigma > 0, used.count > 1 else {
                    return path.moved(at.x, from: from, to: to, used[0].noise)
                }
                let weights = integrals(used.map(\.place), to: to.ratio)
                return path.moved(
                    at.x, from: from, to: to, by: zip(weights, used).map { ($0, $1.noise) })
            }
        })
}

/// The integrals over ρ, from the first of two or three points to `end`, of the Lagrange
/// polynomials in log ρ through them.
private func integrals(_ points: [Double], to end: Double) -> [Double] {
    let logs = points.map { log($0) }
    return points.indices.map { k in
        let others = logs.indices.filter { $0 != k }.map { logs[$0] }
        let divisor = others.reduce(1) { $0 * (logs[k] - $1) }
        func primitive(_ t: Double) -> Double {
            let l = log(t)
            guard others.count == 2 else { return t * (l - 1 - others[0]) }
            // ∫ (l − a)(l − b) dt with l = log t
            let (sum, product) = (others[0] + others[1], others[0] * others[1])
            return t * (l * l - 2 * l + 2 - sum * (l - 1) + product)
        }
        return (primitive(end) - primitive(points[0])) / divisor
    }
}
