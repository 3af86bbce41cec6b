import PinxitCLIP
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// What the diffusion stage takes from earlier stages, and the folder it completes.
struct DiffusionParts {
    let configuration: UNetConfiguration
    let autoencoder: any LatentAutoencoder
    /// Tells whether cached latents belong to this autoencoder.
    let autoencoderIdentity: String
    private let tokenizer: CLIPTokenizer
    /// The text tower as CLIP left it.
    let text: CLIPTextModel
    private let prompts: [String]
    /// Pictures in a row of a sample sheet.
    let columns: Int
    let folder: String

    /// - Parameters:
    ///   - s: The `model` group of the configuration.
    ///   - folder: The model folder, with `tokenizer`, `text_encoder` and `vae`.
    ///   - classEmbeddingWidth: Features of the vector that the U-Net is given beside the text, if
    ///     any.
    init(
        _ s: SettingsReader, prompts: [String], folder: String, classEmbeddingWidth: Int? = nil
    ) throws {
        self.folder = folder
        self.prompts = prompts
        columns = 8
        tokenizer = try CLIPTokenizer(folder: "\(folder)/tokenizer")
        text = try CLIPTextModel.load(folder: "\(folder)/text_encoder")
        autoencoder = try loadAutoencoder(folder: "\(folder)/vae")
        autoencoderIdentity = try weightsIdentity("\(folder)/vae")
        var configuration = try UNetConfiguration(
            training: s, latentChannels: autoencoder.latentChannels,
            contextWidth: text.configuration.hiddenSize)
        configuration.classEmbeddingWidth = classEmbeddingWidth
        self.configuration = configuration
        try s.finish()
    }

    /// Text states of captions, `[batch, tokens, features]`: padded as in use, since the U-Net sees the padding too.
    func context(_ captions: [String], _ text: CLIPTextModel, _ type: ElementType) -> Tensor {
        let ids = captions.flatMap { tokenizer.encode($0) }
        return text(Tensor(ids, shape: [captions.count, tokenizer.modelMaxLength]), type: type).last
    }

    /// The latents of pictures, `[pictures, height, width, channels]`, as the U-Net sees them.
    func latents(_ pictures: [Picture]) -> Tensor {
        autoencoder.posterior(Tensor(pictures: pictures)).mean * autoencoder.scalingFactor
    }

    /// A picture for each of the fixed prompts, from fixed noise, by Euler steps of the flow with guidance.
    func paint(_ unet: UNet, _ text: CLIPTextModel, precision: ElementType) -> [Picture] {
        paint(unet, text, prompts, precision: precision)
    }

    /// The same for other prompts.
    ///
    /// - Parameter classVectors: One a prompt, `[prompts, features]`, if the U-Net takes them; guidance leads away from zeros.
    func paint(
        _ unet: UNet, _ text: CLIPTextModel, _ prompts: [String], classVectors: Tensor? = nil,
        precision: ElementType, steps: Int = 20, guidance: Float = 3
    ) -> [Picture] {
        let batch = prompts.count
        guard batch > 0 else { return [] }
        let states = context([String](repeating: "", count: batch) + prompts, text, precision)
        let vectors = classVectors.map { concatenate([.zeros($0.shape), $0], axis: 0) }
        let side = configuration.sampleSize
        var random = SplitMix64(seed: 11)
        var x = random.normal([batch, side, side, configuration.inChannels])
        for step in 0..<steps {
            let t = 1 - Float(step) / Float(steps)
            let input = concatenate([x, x], axis: 0).cast(to: precision)
            let velocity = unet(
                input, timesteps: [Float](repeating: t * 1000, count: 2 * batch), context: states,
                classVectors: vectors
            ).cast(to: .f32)
            let (plain, guided) = (
                velocity.sliced(axis: 0, 0..<batch), velocity.sliced(axis: 0, batch..<2 * batch)
            )
            x = x - (plain + (guided - plain) * guidance) * (1 / Float(steps))
        }
        return Picture.pictures(
            from: autoencoder.decode((x / autoencoder.scalingFactor).cast(to: precision)))
    }

    /// Writes `unet/`, `scheduler/` and `model_index.json`, so that the folder is whole; and
    /// `text_encoder/`, if weights for it are given.
    func write(unet weights: [String: Tensor], text textWeights: [String: Tensor]) throws {
        try write(unet: weights)
        if !textWeights.isEmpty {
            try text.configuration.write(textWeights, to: "\(folder)/text_encoder")
        }
        let vae = try JSONFile.read("\(folder)/vae/config.json")["_class_name"].string()
        try JSONFile.write(DiffusersFiles.modelIndex(vae: vae), to: "\(folder)/model_index.json")
    }

    /// Writes `unet/` and `scheduler/` alone.
    func write(unet weights: [String: Tensor]) throws {
        try writeComponent(
            "\(folder)/unet", weights, configuration.json, file: .diffusers)
        try makeFolder("\(folder)/scheduler")
        try JSONFile.write(
            DiffusersFiles.flowScheduler, to: "\(folder)/scheduler/scheduler_config.json")
    }
}
