import PinxitPlatform

/// The learning rate at a step: linear rise, then half a cosine down to zero.
public struct LearningRate: Sendable {
    /// The rate at the end of the rise.
    public let peak: Float
    /// Steps of the rise.
    public let warmUp: Int
    /// Steps of the whole run.
    public let steps: Int

    /// A rate that rises for `warmUp` of `steps` steps to its peak.
    public init(peak: Float, warmUp: Int, steps: Int) {
        self.peak = peak
        self.warmUp = warmUp
        self.steps = steps
    }

    /// The rate of a step.
    ///
    /// - Parameter step: From 0.
    public func callAsFunction(_ step: Int) -> Float {
        if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
        let progress = Float(step - warmUp) / Float(max(steps - warmUp, 1))
        return peak * 0.5 * (1 + cosf(.pi * min(progress, 1)))
    }
}
