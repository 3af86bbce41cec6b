import PinxitCLIP
import PinxitDatasets
import PinxitStableDiffusion
import PinxitTensors

/// Held-out pictures and captions, to measure the flow's loss on.
struct DiffusionValidation {
    private static let count = 128

    private let latents: Tensor
    private let captions: [String]

    init(_ parts: DiffusionParts, _ heldOut: any CaptionedPictures) throws {
        let samples = try heldOut.batch(0..<Self.count)
        latents = try parts.latents(samples.map(\.picture))
        captions = samples.map(\.caption)
    }

    /// The loss at fixed times, with noise that is always the same.
    func losses(
        _ unet: UNet, _ text: CLIPTextConditioner, precision: ElementType
    ) throws -> [String: Float] {
        let context = text(captions, type: precision).states
        var random = SplitMix64(seed: 7)
        let noise = random.normal(latents.shape)
        var scalars: [String: Float] = [:]
        for t in [Float(0.1), 0.3, 0.5, 0.7, 0.9] {
            scalars["heldout/loss_at_\(t)"] =
                try flowLoss(
                    unet, x0: latents, noise: noise,
                    times: [Float](repeating: t, count: captions.count), context: context,
                    precision: precision
                ).item
        }
        return scalars
    }
}
