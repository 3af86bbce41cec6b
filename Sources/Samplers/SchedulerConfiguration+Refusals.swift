import PinxitFiles

extension SchedulerConfiguration {
    /// A setting that samplers heed in diffusers and not here.
    struct Refusal: Sendable {
        /// The samplers that heed it; nil for a class that is no sampler here, which matters only
        /// where no other is asked for.
        let samplers: [Sampler]?
        let error: FileError
    }

    /// Refuses what would change the numbers and is not done here.
    ///
    /// - Parameter sampler: The one that is to be used; nil for the file's own.
    /// - Throws: `FileError` with the field, the value found and what would be accepted.
    public func check(_ sampler: Sampler?) throws(FileError) {
        for refusal in refusals {
            guard let samplers = refusal.samplers else {
                if sampler == nil { throw refusal.error }
                continue
            }
            if samplers.contains(sampler ?? self.sampler) { throw refusal.error }
        }
    }

    /// Notes every setting that is in the way of some sampler.
    mutating func refuse(_ json: JSONField) throws(FileError) {
        guard isFlow == useFlowSigmas || sampler != .dpmpp2M else {
            throw json["use_flow_sigmas"].unsupported(
                "\(useFlowSigmas)", ["true with flow_prediction and false otherwise"])
        }
        if useFlowSigmas && !isFlow { useFlowSigmas = false }
        if try json["thresholding"].bool(or: false) {
            refuse(
                json["thresholding"], "true", ["false"],
                [.ddim, .ddpm, .dpmpp2S, .dpmpp2M, .dpmpp2MSDE, .uniPC, .deis, .lcm])
        }
        try refuse(json["interpolation_type"], unless: ["linear"], [.euler])
        if prediction == .velocity {
            try refuse(json["timestep_type"], unless: ["discrete"], [.euler])
        }
        // The rules of other classes, for which this one takes its own as diffusers does.
        let others = ["bh1", "bh2", "logrho"]
        try refuse(
            json["solver_type"], unless: SolverType.allCases.map(\.rawValue) + others,
            [.dpmpp2S, .dpmpp2M, .dpmpp2MSDE])
        try refuse(json["algorithm_type"], unless: ["dpmsolver++", "deis"], [.dpmpp2S])
        try refuse(
            json["algorithm_type"], unless: ["dpmsolver++", "sde-dpmsolver++", "deis"],
            [.dpmpp2M, .dpmpp2MSDE])
        if json["variance_type"].exists {
            try refuse(
                json["variance_type"], unless: ["fixed_small", "fixed_large"],
                [.dpmpp2S, .dpmpp2M, .dpmpp2MSDE])
            // The second is the first by way of its logarithm.
            try refuse(
                json["variance_type"], unless: ["fixed_small", "fixed_small_log"], [.ddpm])
        }
        if try !json["predict_x0"].bool(or: true) {
            refuse(json["predict_x0"], "false", ["true"], [.uniPC])
        }
        if sampler == .pndm, try !json["skip_prk_steps"].bool(or: false) {
            refuse(
                json["skip_prk_steps"], "false", ["true (without Runge-Kutta steps)"], [.pndm])
        }
        if isFlow { try refuseFlow(json) }
        if edm != nil { try refuseEDM(json) }
    }

    /// What a schedule of EDM's is not sampled with.
    private mutating func refuseEDM(_ json: JSONField) throws(FileError) {
        let samplers: [Sampler] = [.euler, .eulerAncestral, .dpmpp2M]
        for other in Sampler.allCases where !samplers.contains(other) {
            refuse(
                json["_class_name"], "a schedule of EDM's with \(other)",
                samplers.map { "it with \($0)" }, [other])
        }
        let predictions: [PredictionType] = [.epsilon, .velocity]
        if !predictions.contains(prediction) {
            refuse(
                json["prediction_type"], "\"\(prediction.rawValue)\"",
                predictions.map(\.rawValue), Sampler.allCases)
        }
    }

    /// What `FlowMatchEulerDiscreteScheduler` has beside the shift.
    private mutating func refuseFlow(_ json: JSONField) throws(FileError) {
        for name in [
            "use_dynamic_shifting", "stochastic_sampling", "invert_sigmas", "use_karras_sigmas",
            "use_exponential_sigmas", "use_beta_sigmas",
        ] where try json[name].bool(or: false) {
            refuse(json[name], "true", ["false"], Sampler.allCases)
        }
        if json["shift_terminal"].exists {
            refuse(
                json["shift_terminal"], "\(try json["shift_terminal"].double())", ["null"],
                Sampler.allCases)
        }
    }

    private mutating func refuse(
        _ field: JSONField, unless accepted: [String], _ samplers: [Sampler]
    ) throws(FileError) {
        guard field.exists else { return }
        let value = try field.string()
        if !accepted.contains(value) { refuse(field, "\"\(value)\"", accepted, samplers) }
    }

    private mutating func refuse(
        _ field: JSONField, _ value: String, _ accepted: [String], _ samplers: [Sampler]
    ) {
        refusals.append(Refusal(samplers: samplers, error: field.unsupported(value, accepted)))
    }
}
