import PinxitFiles

extension SchedulerConfiguration {
    /// Reads `scheduler_config.json`.
    ///
    /// Absent fields have the values diffusers gives them. `clip_sample`, which is for pixels and
    /// not for latents, is not heeded: diffusers' Stable Diffusion pipelines turn it off too, those
    /// of inpainting, ControlNet and SDXL excepted. What cannot be heeded is not refused here but
    /// by ``check(_:)``, once the sampler is known.
    ///
    /// - Parameter className: The class the model's index names, which goes before the file's own.
    /// - Throws: `FileError` naming the field and what would be accepted.
    public init(file: String, className: String? = nil) throws(FileError) {
        try self.init(try JSONFile.read(file), className: className)
    }

    /// The same from fields already read.
    /// - Throws: `FileError` naming the field and what would be accepted.
    public init(_ json: JSONField, className: String? = nil) throws(FileError) {
        self.init(sampler: .ddim)
        let name = if let className { className } else { try json["_class_name"].string() }
        try readClass(name, json)
        try readBetas(json)
        prediction = try json["prediction_type"].choice(or: prediction)
        spacing = try json["timestep_spacing"].choice(or: nil)
        stepsOffset = try json["steps_offset"].size(or: 0, in: 0...1000)
        setAlphaToOne = json["set_alpha_to_one"].exists ? try json["set_alpha_to_one"].bool() : nil
        rescaleBetasZeroSNR = try json["rescale_betas_zero_snr"].bool(or: false)
        useKarrasSigmas = try json["use_karras_sigmas"].bool(or: false)
        useExponentialSigmas = try json["use_exponential_sigmas"].bool(or: false)
        useBetaSigmas = try json["use_beta_sigmas"].bool(or: false)
        useLuLambdas = try json["use_lu_lambdas"].bool(or: false)
        if json["noise_sampler_seed"].exists {
            walkSeed = UInt64(try json["noise_sampler_seed"].size(or: 0, in: 0...Int.max))
        }
        if json["sigma_min"].exists { sigmaMin = try json["sigma_min"].positive(or: 0) }
        if json["sigma_max"].exists { sigmaMax = try json["sigma_max"].positive(or: 0) }
        useFlowSigmas = try json["use_flow_sigmas"].bool(or: useFlowSigmas)
        flowShift = try json["flow_shift"].positive(or: flowShift)
        finalSigma = try json["final_sigmas_type"].choice(or: .zero)
        if json["lower_order_final"].exists {
            lowerOrderFinal = try json["lower_order_final"].bool()
        }
        eulerAtFinal = try json["euler_at_final"].bool(or: false)
        try readSolver(json)
        originalSteps = try json["original_inference_steps"].size(
            or: min(50, trainTimesteps), in: 1...trainTimesteps)
        timestepScaling = try json["timestep_scaling"].positive(or: timestepScaling)
        try refuse(json)
    }

    private mutating func readClass(_ name: String, _ json: JSONField) throws(FileError) {
        if let near = Self.ofEDM[name] {
            (sampler, edm) = (near, try Self.edm(json))
        } else if let exact = Sampler(name: name) {
            sampler = exact
        } else if let near = Self.substitutes[name] {
            sampler = near
            notes.append("\(name) is replaced by \(near.title), the nearest sampler there is here")
        } else {
            let known =
                Sampler.allCases.compactMap(\.diffusersClass)
                + (Self.ofEDM.merging(Self.substitutes) { $1 }).keys.sorted()
            refusals.append(
                Refusal(
                    samplers: nil, error: json["_class_name"].unsupported("\"\(name)\"", known)))
        }
        if name == "FlowMatchEulerDiscreteScheduler" {
            (prediction, useFlowSigmas) = (.flow, true)
            flowShift = try json["shift"].positive(or: 1)
        }
    }

    /// The classes of models trained as in EDM.
    static let ofEDM: [String: Sampler] = [
        "EDMEulerScheduler": .euler, "EDMDPMSolverMultistepScheduler": .dpmpp2M,
    ]

    private static func edm(_ json: JSONField) throws(FileError) -> EDM {
        var edm = EDM()
        edm.sigmaMin = try json["sigma_min"].positive(or: edm.sigmaMin)
        edm.sigmaMax = try json["sigma_max"].positive(or: edm.sigmaMax)
        edm.sigmaData = try json["sigma_data"].positive(or: edm.sigmaData)
        edm.rho = try json["rho"].positive(or: edm.rho)
        edm.curve = try json["sigma_schedule"].choice(or: edm.curve)
        guard edm.sigmaMin < edm.sigmaMax else {
            throw json["sigma_max"].unsupported(
                "\(edm.sigmaMax)", ["a number above sigma_min, \(edm.sigmaMin)"])
        }
        return edm
    }

    /// The nearest samplers for classes there are none for.
    private static let substitutes: [String: Sampler] = [
        "FlowMatchEulerDiscreteScheduler": .euler
    ]

    private mutating func readBetas(_ json: JSONField) throws(FileError) {
        trainTimesteps = try json["num_train_timesteps"].size(or: 1000, in: 2...100_000)
        // Where the file names none, classes for distilled models take Stable Diffusion's betas,
        // and some of k-diffusion's its ends only.
        let isDistilled = sampler == .lcm || sampler == .tcd
        let hasItsEnds =
            isDistilled || [.heun, .dpm2, .dpm2Ancestral, .dpmppSDE].contains(sampler)
        betaStart = try json["beta_start"].positive(or: hasItsEnds ? 0.00085 : 0.0001)
        betaEnd = try json["beta_end"].positive(or: hasItsEnds ? 0.012 : 0.02)
        for (name, beta) in [("beta_start", betaStart), ("beta_end", betaEnd)] where beta >= 1 {
            throw json[name].unsupported("\(beta)", ["a number below 1"])
        }
        betaSchedule = try json["beta_schedule"].choice(or: isDistilled ? .scaledLinear : .linear)
        guard json["trained_betas"].exists else { return }
        var betas: [Double] = []
        for field in try json["trained_betas"].array() {
            let beta = try field.positive(or: 0)
            guard beta < 1 else { throw field.unsupported("\(beta)", ["a number below 1"]) }
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

    /// What DPM++ heeds, whatever the file's class: it may be asked for in place of that.
    private mutating func readSolver(_ json: JSONField) throws(FileError) {
        solverOrder = try json["solver_order"].size(or: 2, in: 1...3)
        if json["lambda_min_clipped"].exists {
            lambdaMin = try json["lambda_min_clipped"].extendedDouble()
        }
        if json["disable_corrector"].exists {
            uncorrectedSteps = try json["disable_corrector"].ints()
        }
        usesFirstUniPC = try json["solver_type"].string(or: "bh2") == "bh1"
        if sampler == .dpmpp2M,
            try json["algorithm_type"].string(or: "dpmsolver++") == "sde-dpmsolver++"
        {
            sampler = .dpmpp2MSDE
        }
        solverType =
            try json["solver_type"].string(or: "midpoint") == SolverType.heun.rawValue
            ? .heun : .midpoint
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
        throw unsupported("\"\(try string())\"", Choice.allCases.map(\.rawValue))
    }
}
