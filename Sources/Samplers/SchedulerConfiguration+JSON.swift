import PinxitFiles

extension SchedulerConfiguration {
    /// Reads `scheduler_config.json`.
    ///
    /// Absent fields have the values diffusers gives them. `clip_sample` is not heeded, as in
    /// diffusers' Stable
    /// Diffusion pipelines: it is for pixels, not for latents.
    /// - Throws: `FileError` naming the field and what would be accepted.
    public init(file: String) throws(FileError) { try self.init(try JSONFile.read(file)) }

    /// The same from fields already read.
    /// - Throws: `FileError` naming the field and what would be accepted.
    public init(_ json: JSONField) throws(FileError) {
        self.init(sampler: .ddim)
        try readClass(json)
        try readBetas(json)
        prediction = try json["prediction_type"].choice(or: prediction)
        spacing = try json["timestep_spacing"].choice(or: nil)
        stepsOffset = try json["steps_offset"].int(or: 0, in: 0...1000)
        setAlphaToOne = json["set_alpha_to_one"].exists ? try json["set_alpha_to_one"].bool() : nil
        rescaleBetasZeroSNR = try json["rescale_betas_zero_snr"].bool(or: false)
        useKarrasSigmas = try json["use_karras_sigmas"].bool(or: false)
        useFlowSigmas = try json["use_flow_sigmas"].bool(or: useFlowSigmas)
        flowShift = try json["flow_shift"].positive(or: flowShift)
        finalSigma = try json["final_sigmas_type"].choice(or: .zero)
        lowerOrderFinal = try json["lower_order_final"].bool(or: true)
        eulerAtFinal = try json["euler_at_final"].bool(or: false)
        try readSolver(json)
        try refuse(json)
    }

    private mutating func readClass(_ json: JSONField) throws(FileError) {
        let name = try json["_class_name"].string()
        if let exact = Sampler(name: name) {
            sampler = exact
            return
        }
        guard let near = Self.substitutes[name] else {
            let known = Sampler.allCases.map(\.diffusersClass) + Self.substitutes.keys.sorted()
            throw json["_class_name"].error("one of \(known.joined(separator: ", "))")
        }
        sampler = near
        notes.append("\(name) is replaced by \(near.title), the nearest sampler there is here")
        if name == "FlowMatchEulerDiscreteScheduler" {
            (prediction, useFlowSigmas) = (.flow, true)
            flowShift = try json["shift"].positive(or: 1)
        }
    }

    /// The nearest samplers for classes there are none for.
    private static let substitutes: [String: Sampler] = [
        "DDPMScheduler": .ddim, "LMSDiscreteScheduler": .euler, "HeunDiscreteScheduler": .euler,
        "UniPCMultistepScheduler": .dpmpp2M, "DEISMultistepScheduler": .dpmpp2M,
        "DPMSolverSinglestepScheduler": .dpmpp2M, "FlowMatchEulerDiscreteScheduler": .euler,
    ]

    private mutating func readBetas(_ json: JSONField) throws(FileError) {
        trainTimesteps = try json["num_train_timesteps"].int(or: 1000, in: 2...100_000)
        betaStart = try json["beta_start"].positive(or: 0.0001)
        betaEnd = try json["beta_end"].positive(or: 0.02)
        guard betaStart < 1, betaEnd < 1 else { throw json["beta_end"].error("a number below 1") }
        betaSchedule = try json["beta_schedule"].choice(or: .linear)
        guard json["trained_betas"].exists else { return }
        var betas: [Double] = []
        for field in try json["trained_betas"].array() {
            let beta = try field.positive(or: 0)
            guard beta < 1 else { throw field.error("a number between 0 and 1") }
            betas.append(beta)
        }
        guard betas.count == trainTimesteps else {
            throw FileError(
                path: json.file, field: "trained_betas",
                problem:
                    "holds \(betas.count) numbers; num_train_timesteps asks for \(trainTimesteps)")
        }
        trainedBetas = betas
    }

    private mutating func readSolver(_ json: JSONField) throws(FileError) {
        guard sampler == .dpmpp2M else { return }
        solverOrder = try json["solver_order"].int(or: 2, in: 1...3)
        if solverOrder == 3 {
            solverOrder = 2
            notes.append("solver_order 3 is replaced by 2")
        }
        let algorithm = try json["algorithm_type"].string(or: "dpmsolver++")
        guard ["dpmsolver++", "deis"].contains(algorithm) else {
            throw json["algorithm_type"].error("dpmsolver++, not \(algorithm)")
        }
        let kind = try json["solver_type"].string(or: "midpoint")
        guard ["midpoint", "bh1", "bh2", "logrho"].contains(kind) else {
            throw json["solver_type"].error("midpoint, not \(kind)")
        }
    }

    /// What would change the numbers and is not known here.
    private func refuse(_ json: JSONField) throws(FileError) {
        let switches = [
            "thresholding", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas",
            "use_dynamic_shifting", "stochastic_sampling", "invert_sigmas",
        ]
        for name in switches where try json[name].bool(or: false) {
            throw json[name].error("false")
        }
        if json["interpolation_type"].exists, try json["interpolation_type"].string() != "linear" {
            throw json["interpolation_type"].error("linear")
        }
        if json["timestep_type"].exists, try json["timestep_type"].string() != "discrete" {
            throw json["timestep_type"].error("discrete")
        }
        if sampler == .pndm, try !json["skip_prk_steps"].bool(or: false) {
            throw json["skip_prk_steps"].error("true (without Runge-Kutta steps)")
        }
        guard isFlow == useFlowSigmas else {
            throw json["use_flow_sigmas"].error("true with flow_prediction and false otherwise")
        }
    }
}

extension JSONField {
    fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
        or fallback: Choice
    ) throws(FileError) -> Choice where Choice.RawValue == String {
        try choice(or: Optional(fallback))!
    }

    fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
        or fallback: Choice?
    ) throws(FileError) -> Choice? where Choice.RawValue == String {
        guard exists else { return fallback }
        if let choice = Choice(rawValue: try string()) { return choice }
        throw error("one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    fileprivate func int(or fallback: Int, in range: ClosedRange<Int>) throws(FileError) -> Int {
        let value = try int(or: fallback)
        guard range.contains(value) else {
            throw error("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    fileprivate func positive(or fallback: Double) throws(FileError) -> Double {
        let value = try double(or: fallback)
        guard value > 0, value.isFinite else { throw error("a number above 0") }
        return value
    }
}
