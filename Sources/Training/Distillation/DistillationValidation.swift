import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Held-out captions and fixed noise, to tell how near a distilled model's paintings are to its
/// teacher's.
struct DistillationValidation {
    private static let count = 64

    private let noise: Tensor
    private let states: Tensor
    /// The teacher's latents, after as many steps as it likes.
    private let wanted: Tensor

    /// - Parameters:
    ///   - states: The states of so many captions, `[captions, tokens, features]`.
    ///   - latent: The shape of one picture's latents.
    init(
        _ teacher: Teacher, latent: [Int], states: (_ captions: Int) -> Tensor
    ) throws {
        self.states = states(Self.count)
        var random = SplitMix64(seed: 7)
        noise = random.normal(Shape([Self.count] + latent))
        let plan = SamplingPlan(
            try teacher.sampling.schedulerConfiguration(), steps: teacher.sampling.steps)
        wanted = try plan.sample(from: noise, denoise: teacher.denoise(self.states))
    }

    /// The root mean square of the differences of latents, in units of the teacher's own.
    func difference(
        _ unet: UNet, _ segments: [FlowSegment], precision: ElementType
    ) throws -> Float {
        var x = noise
        for segment in segments {
            let points = segment.points(
                [Float](repeating: 0, count: Self.count), from: x, to: x)
            let velocity = try unet(
                x.cast(to: precision), timesteps: points.timesteps, context: states)
            x = points.end(along: velocity.cast(to: .f32))
        }
        let error = (x - wanted).squared.mean().item / wanted.squared.mean().item
        return error.squareRoot()
    }
}
