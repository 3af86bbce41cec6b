import PinxitKernels

/// In-place updates: what the optimiser does to weights, its own state and averages.
extension Tensor {
    /// One step of AdamW (Loshchilov & Hutter 2019) as `torch.optim.AdamW` takes it; `step` counts
    /// from 1.
    public func adamW(
        gradient: Tensor, m: Tensor, v: Tensor, rate: Float, beta1: Float, beta2: Float,
        epsilon: Float,
        weightDecay: Float, step: Int, gradientScale: Float
    ) {
        precondition(
            gradient.shape == shape && m.shape == shape && v.shape == shape,
            "cannot update \(self) with a gradient \(gradient)")
        px_adamw(
            f32, m.f32, v.f32, gradient.f32, count, rate, beta1, beta2, epsilon, weightDecay,
            Int64(step), gradientScale)
        storage.touch()
    }

    /// Moves an exponential moving average: decay · self + (1 - decay) · value.
    public func average(towards value: Tensor, decay: Float) {
        precondition(value.shape == shape, "cannot average \(self) with \(value)")
        px_ema(f32, value.f32, count, decay)
        storage.touch()
    }
}
