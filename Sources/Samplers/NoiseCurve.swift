/// How noise levels lie between the first and the last.
public enum NoiseCurve: String, CaseIterable, Codable, Sendable {
    /// As they are at the time steps that are visited.
    case normal
    /// As in Karras et al. 2022 (arXiv 2206.00364), equation 5 with ρ = 7.
    case karras
    /// With logarithms at even distances.
    case exponential
}

extension SchedulerConfiguration {
    /// Lays noise levels on a curve, whatever the file says.
    public mutating func follow(_ curve: NoiseCurve) {
        useKarrasSigmas = curve == .karras
        useExponentialSigmas = curve == .exponential
    }

    /// Whether steps of a sampler may lie on a curve: those of k-diffusion and the classes of
    /// diffusers that know one, and no schedule of a flow or of EDM's.
    public func hasCurve(_ sampler: Sampler) -> Bool {
        !isFlow && edm == nil
            && [
                .euler, .heun, .lms, .dpm2, .dpm2Ancestral, .dpmpp2M, .dpmpp2MSDE, .uniPC, .deis,
                .dpmpp2SAncestral, .dpmppSDE, .dpmpp3MSDE,
            ].contains(sampler)
    }
}
