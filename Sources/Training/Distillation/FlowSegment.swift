import PinxitSamplers
import PinxitTensors

/// One of the few steps that a distilled flow takes, and the way that its teacher goes there.
struct FlowSegment {
    /// The step as the sampler takes it, and as the finished model's file has it laid.
    let step: SamplingStep
    /// The teacher's steps from its start to its end, the first of first order: what it starts from
    /// need not be what the teacher came by.
    let walk: SamplingPlan

    /// The segments of all steps, from the most noise.
    ///
    /// - Parameter teacherSteps: Of each, evenly within it.
    static func all(_ scheduler: SchedulerConfiguration, teacherSteps: [Int]) -> [FlowSegment] {
        let steps = SamplingPlan(scheduler, steps: teacherSteps.count).steps
        return zip(steps, teacherSteps).map { FlowSegment(step: $0, walk: walk($0, $1)) }
    }

    private static func walk(_ step: SamplingStep, _ count: Int) -> SamplingPlan {
        let (start, end) = (step.from.sigma, step.to.sigma)
        func level(_ index: Int) -> NoiseLevel {
            index == count
                ? step.to : NoiseLevel(flow: start + (end - start) * Double(index) / Double(count))
        }
        let steps = (0..<count).map { index in
            // Where no noise is left, a second order has nothing to go by.
            let isPlain = index == 0 || level(index + 1).sigma == 0
            return SamplingStep(
                timestep: Float(1000 * level(index).sigma), input: level(index),
                to: level(index + 1), order: isPlain ? 1 : 2)
        }
        return SamplingPlan(sampler: .dpmpp2M, prediction: .flow, steps: steps)
    }

    /// The distance in time from start to end.
    var length: Float { Float(step.from.sigma - step.to.sigma) }

    /// Points on the straight way from start to end.
    ///
    /// - Parameters:
    ///   - place: How far along each lies, 0 to below 1.
    ///   - start, end: `[batch, height, width, channels]` in f32.
    func points(_ place: [Float], from start: Tensor, to end: Tensor) -> FlowPoints {
        let places = Tensor(place, shape: [place.count, 1, 1, 1])
        return FlowPoints(
            x: start + places * (end - start),
            timesteps: place.map { place in
                // At its start a network is told whole time steps, as diffusers tells them.
                place == 0
                    ? step.timestep : 1000 * (Float(step.from.sigma) - place * length)
            },
            left: Tensor(place.map { (1 - $0) * length }, shape: [place.count, 1, 1, 1]))
    }
}

/// Noisy latents on the straight ways of a segment.
struct FlowPoints {
    /// `[batch, height, width, channels]` in f32.
    let x: Tensor
    /// What the network is told.
    let timesteps: [Float]
    /// The times that are left to the segment's end, `[batch, 1, 1, 1]`.
    let left: Tensor

    /// Where velocities lead by the segment's end.
    func end(along velocity: Tensor) -> Tensor { x - left * velocity }
}
