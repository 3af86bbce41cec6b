import PinxitTensors

extension Sampler {
    /// DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095, algorithm 1), singlestep: steps in blocks of
    /// one to three, all of which begin at the block's x.
    ///
    /// Source: diffusers `scheduling_dpmsolver_singlestep.py`.
    public static let dpmpp2S: Sampler = Sampler(
        name: "dpmpp_2s", diffusersClass: "DPMSolverSinglestepScheduler", title: "DPM++ 2S",
        usualSpacing: .linspace, isMultistep: true,
        plan: { c, _, count in
            // Its class has neither another spacing, nor even logarithms, nor zero terminal SNR.
            var own = c
            (own.rescaleBetasZeroSNR, own.useLuLambdas) = (false, false)
            var plan = SamplingPlan(
                sampler: .dpmpp2S, prediction: c.prediction,
                steps: c.isFlow
                    ? c.flowSteps(count)
                    : own.solverSteps(.linspace, count, roundsCosines: true))
            // A schedule may have laid some steps more than were asked for.
            for (i, order) in c.blockOrders(plan.steps.count).enumerated() {
                plan.steps[i].order = order
            }
            plan.endAtFirstOrder()
            plan.solverType = c.solverType
            return plan
        },
        begin: { plan in
            var block = (x: Tensor([0]), guesses: [GuessBefore]())
            return { at, _, _ in
                if at.step.order == 1 { block = (at.x, []) }
                block.guesses.append(GuessBefore(clean: at.clean, step: at.step))
                let step = SamplingStep(
                    timestep: at.step.timestep, input: block.guesses[0].step.from, to: at.step.to)
                return firstOrder(step, block.x, combined(step, block.guesses, plan.solverType))
            }
        })
}

/// What a step from a block's start takes in place of x₀, with the guesses of the block.
private func combined(
    _ step: SamplingStep, _ guesses: [GuessBefore], _ type: SchedulerConfiguration.SolverType
) -> Tensor {
    let own = guesses[0].clean
    guard guesses.count > 1 else { return own }
    let h = step.to.logRatio - step.from.logRatio
    let weights = SlopeWeights(over: h, type)
    func place(_ guess: GuessBefore) -> Double {
        (guess.step.from.logRatio - step.from.logRatio) / h
    }
    let near = place(guesses[1])
    guard guesses.count > 2 else {
        let weight = Float(weights.second / near)
        return blend(1 - weight, own, weight, guesses[1].clean)
    }
    // The slopes from the start to both others, and of the rule of Heun's kind their bend.
    let far = place(guesses[2])
    var (first, second) = (0.0, weights.linear / far)
    if type == .heun {
        first = (weights.linear * far - 2 * weights.quadratic) / (far - near) / near
        second = (2 * weights.quadratic - weights.linear * near) / (far - near) / far
    }
    let both = blend(Float(1 - first - second), own, Float(first), guesses[1].clean)
    return blend(1, both, Float(second), guesses[2].clean)
}

extension SchedulerConfiguration {
    /// How far each step looks back: 1, 2, 3, 1, 2, 3 and so on, ending as the class has it.
    fileprivate func blockOrders(_ count: Int) -> [Int] {
        var orders = (0..<count).map { $0 % solverOrder + 1 }
        let endsLow = (lowerOrderFinal ?? false) || count % solverOrder != 0
        // Of a whole block at the end the last step is one of its own.
        if finalSigma == .zero || endsLow && orders[count - 1] == solverOrder {
            orders[count - 1] = 1
        }
        return orders
    }
}
