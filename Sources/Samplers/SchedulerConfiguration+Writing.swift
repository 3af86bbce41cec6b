import PinxitFiles

extension SchedulerConfiguration {
    /// The file of a schedule that diffuses, as diffusers writes it; ``init(_:className:)`` reads
    /// it back. What has its usual value is left out. A flow's is not written here.
    public var json: JSONValue {
        if let edm { return json(edm) }
        var members = [
            JSONMember("_class_name", .string(diffusersClass)),
            JSONMember("num_train_timesteps", .integer(trainTimesteps)),
            JSONMember("beta_start", .number(betaStart)), JSONMember("beta_end", .number(betaEnd)),
            JSONMember("beta_schedule", .string(betaSchedule.rawValue)),
            JSONMember("prediction_type", .string(prediction.rawValue)),
            JSONMember("steps_offset", .integer(stepsOffset)), JSONMember("clip_sample", false),
        ]
        if let spacing { members.append(JSONMember("timestep_spacing", .string(spacing.rawValue))) }
        if let setAlphaToOne {
            members.append(JSONMember("set_alpha_to_one", .bool(setAlphaToOne)))
        }
        if sampler == .pndm { members.append(JSONMember("skip_prk_steps", true)) }
        if rescaleBetasZeroSNR { members.append(JSONMember("rescale_betas_zero_snr", true)) }
        return .object(members)
    }

    /// The class in diffusers that takes the same steps of this schedule; Euler's where none does.
    public var diffusersClass: String {
        let usual = "EulerDiscreteScheduler"
        guard edm != nil else { return sampler.diffusersClass ?? usual }
        return Self.ofEDM.first { $0.value == sampler }?.key ?? "EDMEulerScheduler"
    }

    private func json(_ edm: EDM) -> JSONValue {
        [
            "_class_name": .string(diffusersClass),
            "num_train_timesteps": .integer(trainTimesteps),
            "sigma_min": .number(edm.sigmaMin), "sigma_max": .number(edm.sigmaMax),
            "sigma_data": .number(edm.sigmaData), "rho": .number(edm.rho),
            "sigma_schedule": .string(edm.curve.rawValue),
            "prediction_type": .string(prediction.rawValue),
            "final_sigmas_type": .string(finalSigma.rawValue),
        ]
    }
}
