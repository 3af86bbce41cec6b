import PinxitTensors

extension Sampler {
    /// The linear multistep method of k-diffusion: the polynomial through the last slopes, four at
    /// most, integrated over the step (Adams-Bashforth with uneven steps).
    ///
    /// For image to image diffusers weighs slopes as if there were those of the dropped steps, and
    /// goes without these; so it is here.
    public static let lms: Sampler = Sampler(
        name: "lms", diffusersClass: "LMSDiscreteScheduler", title: "LMS",
        otherNames: ["LMSDiscrete"], usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var plan = c.sigmaPlan(.lms, spacing, count, boundsKarras: false)
            for i in plan.steps.indices { plan.steps[i].order = min(i + 1, 4) }
            return plan
        },
        entering: { plan, index in
            var rest = plan.starting(at: index)
            for i in rest.steps.indices { rest.steps[i].order = plan.steps[index + i].order }
            rest.before = plan.steps[..<index].map(\.input)
            return rest
        },
        begin: { plan in
            let path = SigmaPath(plan)
            var places = plan.before.map(path.place)  // the latest last
            var slopes: [Tensor] = []  // of the last of them
            return { at, _, _ in
                let (from, to) = (at.step.from, at.step.to)
                places = places.suffix(3) + [path.place(from)]
                slopes = slopes.suffix(3) + [path.slope(at.x, at.clean, from)]
                let weights = integrals(
                    Array(places.suffix(at.step.order)), from: path.place(from),
                    to: path.place(to))
                let used = slopes.suffix(weights.count)
                return path.moved(
                    at.x, from: from, to: to,
                    by: zip(weights.suffix(used.count), used).map { ($0, $1) })
            }
        })
}

/// The integrals of the Lagrange polynomials through some points, up to four, over an interval:
/// Gauss and Legendre's rule of two points, which is exact for cubics.
private func integrals(_ points: [Double], from start: Double, to end: Double) -> [Double] {
    let (middle, half) = ((start + end) / 2, (end - start) / 2)
    let offset = half / 3.0.squareRoot()
    return points.indices.map { k in
        func polynomial(_ t: Double) -> Double {
            points.indices.filter { $0 != k }.reduce(1) {
                $0 * (t - points[$1]) / (points[k] - points[$1])
            }
        }
        return half * (polynomial(middle - offset) + polynomial(middle + offset))
    }
}
