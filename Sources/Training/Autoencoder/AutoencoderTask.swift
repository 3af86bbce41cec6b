import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Training of the autoencoder: pictures to latents and back.
final class AutoencoderTask: TrainingTask {
    /// What the configuration says beside the optimisation.
    struct Settings {
        var crop: Int
        /// Deviation of the noise added to latents before decoding: neighbouring latents then mean
        /// neighbouring pictures.
        var latentNoise: Float
        var momentsWeight: Float
        var divergenceWeight: Float
        /// Whether the encoder stays as it is: latents keep their meaning, and models over them
        /// work on with the new decoder.
        var decoderOnly: Bool
        var squaredWeight: Float

        init(_ s: SettingsReader) throws {
            crop = try s.int(
                "crop", or: 64, in: 8...4096,
                "The side of the crops of pictures that are learnt from, in pixels.")
            latentNoise = try s.float(
                "latent_noise", or: 0.1, in: .notNegative,
                "Deviation of the noise added to an AutoencoderTiny's latents before decoding.")
            momentsWeight = try s.float(
                "moments_weight", or: 0.02, in: .notNegative,
                "Weight of the loss that keeps an AutoencoderTiny's latents centred and of unit size."
            )
            divergenceWeight = try s.float(
                "divergence_weight", or: 1e-3, in: .notNegative,
                "Weight of the divergence of an AutoencoderKL's latents from a normal distribution."
            )
            decoderOnly = try s.bool(
                "decoder_only", or: false,
                "Whether the encoder stays as it was, so that models over its latents work on.")
            squaredWeight = try s.float(
                "squared_weight", or: 0, in: .notNegative,
                "Weight of the squared differences of pixels beside the absolute ones.")
            try s.finish()
        }

        /// Crops lie within the pictures, and both come back from the latents with their own size.
        func check(_ s: SettingsReader, pictureSize: Int, _ component: AutoencoderComponent) throws
        {
            let factor = component.downscale
            guard pictureSize % factor == 0 else {
                throw FileError(
                    path: s.field.file, field: s.field["model"].path,
                    problem: "halves pictures to a \(factor)th, which pictures of \(pictureSize) "
                        + "pixels are not divided by; accepted: fewer levels")
            }
            // The loss halves crops twice.
            let whole = max(4, factor)
            guard crop <= pictureSize, crop % whole == 0 else {
                throw s.field["task"]["crop"].unsupported(
                    "\(crop)",
                    ["a multiple of \(whole) up to \(pictureSize), the side of the pictures"])
            }
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let component: AutoencoderComponent
    private let store: ParameterStore
    private let model: any LatentAutoencoder
    private let pictures: any CaptionedPictures
    private let heldOut: any CaptionedPictures
    private let output: String
    /// The latents' scale that stays, of an encoder that does.
    private let keptScale: Float?

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { ["vae": parameters] }

    static func check(_ s: SettingsReader) throws {
        _ = try AutoencoderComponent(s.group("model"))
        _ = try Settings(s.group("task"))
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        component = try AutoencoderComponent(context.settings.group("model"))
        settings = try Settings(context.settings.group("task"))
        try settings.check(
            context.settings, pictureSize: context.data.pictureSize, component)
        let crop = settings.crop
        try context.settings.group("model").checkMemory(
            of: "an autoencoder",
            samples: (optimisation.rowCount, crop * crop * component.width),
            among: optimisation.ranks
        ) { [component] in _ = component.build($0) }
        output = "\(context.model)/vae"
        keptScale = settings.decoderOnly ? try Self.scale(ofStart: context) : nil
        store = ParameterStore(seed: optimisation.seed)
        model = component.build(store.root)
        pictures = context.pictures(optimisation.seed)
        heldOut = context.heldOutPictures()
    }

    /// The scale of the latents of the model that a run starts from.
    private static func scale(ofStart context: TrainingContext) throws -> Float {
        guard let start = context.startFrom else {
            throw context.settings.field["task"]["decoder_only"].unsupported(
                "true", ["true with --start-from, whose encoder stays", "false"])
        }
        return try loadAutoencoder(folder: start.path("vae")).scalingFactor
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let x = try batch(step).cast(to: optimisation.precision)
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let encoded = try model.posterior(x)
        let posterior = settings.decoderOnly ? encoded.detached : encoded
        var latents = posterior.mean
        let noise = random.normal(
            optimisation.rows, of: optimisation.batch,
            row: Array(latents.shape.dimensions.dropFirst()))
        var regulariser: Tensor
        if let logVariance = posterior.logVariance {
            latents =
                latents + (logVariance * 0.5).exp * noise.cast(to: latents.type)
            regulariser =
                divergenceLoss(mean: posterior.mean, logVariance: logVariance)
                * settings.divergenceWeight
        } else {
            latents =
                latents + (noise * settings.latentNoise).cast(to: latents.type)
            regulariser =
                latentMomentsLoss(posterior.mean, optimisation.ranks) * settings.momentsWeight
        }
        let reconstruction = reconstructionLoss(
            try model.decode(latents), x, squared: settings.squaredWeight)
        return (
            reconstruction + regulariser,
            ["loss/reconstruction": reconstruction.item, "loss/latents": regulariser.item]
        )
    }

    /// Of two crops of each picture the busier one: most of a picture is plain background.
    private func batch(_ step: Int) throws -> Tensor {
        let whole = try pictures.batch(optimisation.rows(of: step))
        var random = SplitMix64(seed: optimisation.seed, index: step)
        // Two crops a picture, each with two coordinates.
        random.skip(4 * optimisation.rows.lowerBound)
        let crops = whole.map { item -> Picture in
            func crop() -> Picture {
                item.picture.cropped(
                    x: random.below(item.picture.width - settings.crop + 1),
                    y: random.below(item.picture.height - settings.crop + 1),
                    width: settings.crop, height: settings.crop)
            }
            let (one, other) = (crop(), crop())
            return one.busyness < other.busyness ? other : one
        }
        return Tensor(pictures: crops)
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = component.build(ParameterStore(checkpoint: weights).root)
        let originals = try heldOut.batch(0..<32).map(\.picture)
        let x = Tensor(pictures: originals)
        let (latents, rebuilt) = try x.bothInParts { part in
            let latents = try averaged.posterior(part).mean
            return (latents, try averaged.decode(latents))
        }
        let quality = peakSignalToNoise(rebuilt, x)
        try log.scalars(
            [
                "heldout/psnr": quality, "latents/deviation": deviation(latents),
            ], step: step, table: "heldout")
        let shown = zip(originals.prefix(16), Picture.pictures(from: rebuilt).prefix(16)).flatMap {
            [$0, $1]
        }
        try log.grid("reconstructions", shown, columns: 8, step: step)
        log.message(
            "step \(step): held-out PSNR \(Progress.rounded(quality)) dB, "
                + "latents' deviation \(Progress.rounded(deviation(latents)))")
    }

    private func deviation(_ x: Tensor) -> Float {
        let flat = x.cast(to: .f32)
        return (flat - flat.mean()).squared.mean().item.squareRoot()
    }

    /// Writes the component with the latents' scale, so that the diffusion model sees unit
    /// variance.
    func export(weights: [String: Tensor]) throws {
        let averaged = component.build(ParameterStore(checkpoint: weights).root)
        try component.write(
            weights: weights, scalingFactor: try keptScale ?? scale(of: averaged), to: output)
    }

    private func scale(of averaged: any LatentAutoencoder) throws -> Float {
        // Of large pictures few at once, for their feature maps' sake.
        let chunk = min(256, max(1, (4 << 20) / (pictures.pictureSize * pictures.pictureSize)))
        let latents = try stride(from: 0, to: 256, by: chunk).map { start in
            let chosen = try pictures.batch(start..<min(start + chunk, 256))
            return try averaged.posterior(Tensor(pictures: chosen.map(\.picture))).mean
        }
        return 1 / deviation(concatenate(latents, axis: 0))
    }
}

extension Picture {
    /// The mean absolute difference of horizontal neighbours: how much there is to learn from a
    /// crop.
    var busyness: Int {
        var sum = 0
        for i in stride(from: channels, to: pixels.count, by: 1) {
            sum += abs(Int(pixels[i]) - Int(pixels[i - channels]))
        }
        return sum
    }
}
