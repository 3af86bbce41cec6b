import PinxitPlatform
import PinxitTensors

/// The noise levels and the preconditioning of Karras et al. 2022 (arXiv 2206.00364, section 5),
/// with which Playground 2.5 was trained: diffusers `scheduling_edm_euler.py`.
///
/// Noise is counted as noise to picture. The network is given x / √(σ² + σ_data²) and told ¼ ln σ.
public struct EDM: Sendable, Hashable {
    /// How noise levels lie between the largest and the least.
    public enum Curve: String, CaseIterable, Sendable {
        /// Their ρ-th roots evenly.
        case karras
        /// Their logarithms evenly.
        case exponential
    }

    /// The least noise, above 0.
    public var sigmaMin = 0.002
    /// The most noise.
    public var sigmaMax = 80.0
    /// The standard deviation of the latents that it was trained on.
    public var sigmaData = 0.5
    /// The exponent of Karras' curve.
    public var rho = 7.0
    /// Where the levels of a plan lie.
    public var curve = Curve.karras

    /// The values of the paper.
    public init() {}

    /// The noise of each of `count` steps, in single precision.
    func sigmas(_ count: Int) -> [Double] {
        func line(_ start: Double, _ end: Double) -> [Double] {
            (0..<count).map {
                start + (count > 1 ? Double($0) / Double(count - 1) : 0) * (end - start)
            }
        }
        let values =
            switch curve {
            case .karras: line(pow(sigmaMax, 1 / rho), pow(sigmaMin, 1 / rho)).map { pow($0, rho) }
            // Laid from the least, with which a single step begins.
            case .exponential: line(log(sigmaMin), log(sigmaMax)).reversed().map { exp($0) }
            }
        return values.map { Double(Float($0)) }
    }

    /// What the network is given at so much noise.
    func level(_ sigma: Double) -> NoiseLevel {
        let alpha = 1 / (sigma * sigma + sigmaData * sigmaData).squareRoot()
        return NoiseLevel(alpha: alpha, sigma: sigma * alpha)
    }
}

extension SchedulerConfiguration {
    /// The plan of a schedule of EDM's, with steps of first order.
    func edmPlan(_ edm: EDM, _ sampler: Sampler, _ count: Int) -> SamplingPlan {
        let sigmas = edm.sigmas(count)
        // What is left: for Euler's class the last that is laid, with which a single step begins.
        let least = sampler == .dpmpp2M ? Double(Float(edm.sigmaMin)) : sigmas[sigmas.count - 1]
        let end = finalSigma == .zero ? .clean : edm.level(least)
        let levels = sigmas.map(edm.level) + [end]
        let steps = sigmas.indices.map { i in
            SamplingStep(
                timestep: Float(log(sigmas[i]) / 4), input: levels[i], to: levels[i + 1])
        }
        var plan = SamplingPlan(sampler: sampler, prediction: prediction, steps: steps)
        plan.sigmaData = edm.sigmaData
        // diffusers draws noise as for σ_data = 1 and works on x / alpha.
        plan.noiseScale = (edm.sigmaMax * edm.sigmaMax + 1).squareRoot() * levels[0].alpha
        plan.finalScale = 1 / end.alpha
        return plan
    }
}

extension SamplingPlan {
    /// A network as the ``Denoise`` that the plan's sampler asks, whatever it was trained to
    /// predict.
    public func denoiser(_ network: @escaping Network) -> Denoise {
        guard let sigmaData, prediction == .epsilon || prediction == .velocity else {
            return PinxitSamplers.denoiser(prediction, network)
        }
        // c_skip x / α + c_out F of the paper's equation 7, where the level says c_in = α.
        let sign = prediction == .velocity ? -1.0 : 1
        return { x, step in
            let (alpha, sigma) = (step.input.alpha, step.input.sigma)
            return blend(
                Float(sigmaData * sigmaData * alpha), x, Float(sign * sigma * sigmaData),
                try network(x, step.timestep))
        }
    }
}
