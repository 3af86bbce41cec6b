import PinxitSamplers
import PinxitStableDiffusion

// A schedule that came with a sampler's label, such as "DPM++ 2M Karras", is a habit of other
// models' users rather than a wish.

extension LatentDiffusionFamily {
    /// Leaves out a schedule that came with a label and that the model or the sampler has no use
    /// for. A flow's levels are its own: what is better for others spoils it.
    func passOverSchedule(
        _ request: PaintRequest, _ settings: inout ResolvedRequest.Diffusion
    ) {
        guard request.diffusion.scheduleOptional == true, let schedule = settings.schedule,
            schedule != .normal,
            model.scheduler.isFlow || !model.scheduler.takes(schedule, settings.sampler)
        else { return }
        settings.schedule = nil
        settings.passedOver = schedule
        settings.spacing = settings.spacing ?? schedule.nearSpacing
    }
}

extension SchedulerConfiguration {
    /// Why a schedule is not accepted.
    func refusal(of schedule: NoiseCurve, _ sampler: Sampler) -> String {
        guard edm == nil, !isFlow || NoiseCurve.ofFlows.contains(schedule) else {
            let accepted = NoiseCurve.allCases.filter { takes($0, sampler) }.map(\.rawValue)
            return "the model has noise levels of its own; \(accepted.joined(separator: ", ")) "
                + (accepted.count == 1 ? "is accepted" : "are accepted")
        }
        return "\(sampler) has no use for \(schedule.rawValue); normal is accepted"
    }
}
