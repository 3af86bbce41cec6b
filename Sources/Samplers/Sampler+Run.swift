import PinxitTensors

extension SamplingPlan {
    /// Runs the plan's sampler.
    ///
    /// - Parameters:
    ///   - noise: Standard normal noise to start from, of the latents' shape in f32.
    ///   - drawing: Draws more of it, for samplers that add noise as they go.
    ///   - denoise: The model.
    ///   - onStep: Called after each step; throwing ends the sampling.
    /// - Returns: Latents without noise.
    public func sample(
        from noise: Tensor, drawing: () throws -> Tensor = unneeded, denoise: Denoise,
        onStep: OnStep = { _ in }
    ) throws -> Tensor {
        let x = initialScale == 1 ? noise : noise * Float(initialScale)
        return switch sampler {
        case .ddim: try ddim(self, x, denoise: denoise, onStep: onStep)
        case .euler: try euler(self, x, denoise: denoise, onStep: onStep)
        case .eulerAncestral:
            try eulerAncestral(self, x, noise: drawing, denoise: denoise, onStep: onStep)
        case .dpmpp2M: try dpmpp2M(self, x, denoise: denoise, onStep: onStep)
        case .pndm: try pndm(self, x, denoise: denoise, onStep: onStep)
        }
    }
}
