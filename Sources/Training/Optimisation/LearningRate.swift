/// The learning rate at a step: linear rise, then half a cosine down to zero.
struct LearningRate: Sendable {
    /// The rate at the end of the rise.
    let peak: Float
    /// Steps of the rise.
    let warmUp: Int
    /// Steps of the whole run.
    let steps: Int

    /// The rate of a step.
    ///
    /// - Parameter step: From 0.
    func callAsFunction(_ step: Int) -> Float {
        if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
        let progress = Float(step - warmUp) / Float(max(steps - warmUp, 1))
        return halfCosine(from: peak, to: 0, at: progress)
    }
}
