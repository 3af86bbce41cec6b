import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

// Legend: B batch, T tokens, H W latent height and width, C latent channels.

/// The networks of a latent diffusion model, loaded: text encoder, U-Net, autoencoder.
///
/// Used on the engine's thread only.
struct LatentDiffusion: @unchecked Sendable {
    let tokenizer: CLIPTokenizer
    let text: CLIPTextModel
    let unet: UNet
    let autoencoder: any LatentAutoencoder
    /// Pixels a latent stands for, in each direction.
    let scale: Int
    /// The latent side the U-Net was trained at.
    let usualSide: Int
    let channels: Int
    /// Features the U-Net takes beside the text, 0 for none.
    var classWidth: Int { unet.configuration.classEmbeddingWidth ?? 0 }
    /// Whether memory is to be saved.
    let isStreamed: Bool

    /// - Throws: `FileError` for a file that is wrong, `PaintError` for files that do not fit
    ///   together.
    init(folder: String, isStreamed: Bool, decoder: String? = nil) throws {
        tokenizer = try CLIPTokenizer(folder: folder + "tokenizer")
        // A large text encoder runs once a picture: keeping a second copy of it would not pay.
        let textFile = try ComponentFolder(path: folder + "text_encoder").weightsPath()
        text = try CLIPTextModel.load(
            folder: folder + "text_encoder",
            isStreamed: isStreamed || (fileSize(textFile) ?? 0) > 128 << 20)
        unet = try UNet.load(folder: folder + "unet", isStreamed: isStreamed)
        let own = try loadAutoencoder(folder: folder + "vae", isStreamed: isStreamed)
        autoencoder =
            try decoder.map { try loadAutoencoder(folder: $0, isStreamed: isStreamed) } ?? own
        self.isStreamed = isStreamed
        scale = autoencoder.downscale
        usualSide = unet.configuration.sampleSize
        channels = unet.configuration.inChannels
        if let decoder { try check(decoder, insteadOf: own) }
        try check(folder)
    }

    /// Another decoder must take the same latents to pictures of the same size.
    private func check(
        _ decoder: String, insteadOf own: any LatentAutoencoder
    ) throws(PaintError) {
        for (what, given, accepted) in [
            ("latent channels", autoencoder.latentChannels, own.latentChannels),
            ("pixels a latent", autoencoder.downscale, own.downscale),
        ] where given != accepted {
            throw .model(
                path: decoder,
                problem:
                    "\(what): \(given); accepted is \(accepted), as in the model's own autoencoder")
        }
    }

    /// The networks must fit each other, not only their own files.
    private func check(_ folder: String) throws(PaintError) {
        let (unet, text) = (unet.configuration, text.configuration)
        let pairs = [
            (
                "features the U-Net attends to", unet.crossAttentionWidth, "==",
                "features of the text encoder", text.hiddenSize
            ),
            (
                "tokens the tokenizer knows", tokenizer.vocabularySize, "<=",
                "tokens the text encoder knows", text.vocabularySize
            ),
            (
                "tokens the tokenizer gives", tokenizer.modelMaxLength, "<=",
                "positions of the text encoder", text.maxPositions
            ),
            (
                "channels the U-Net takes", unet.inChannels, "==",
                "latent channels of the autoencoder", autoencoder.latentChannels
            ),
            (
                "channels the U-Net gives", unet.outChannels, "==",
                "channels the U-Net takes", unet.inChannels
            ),
        ]
        for (one, a, relation, other, b) in pairs where relation == "==" ? a != b : a > b {
            throw .model(
                path: folder, problem: "\(one): \(a); accepted is \(relation) \(b), the \(other)")
        }
    }

    /// The text encoder's states for some texts: `[B, T, features]`.
    func states(_ texts: [String], type: ElementType) -> Tensor {
        let ids = texts.flatMap { tokenizer.encode($0) }
        return text(Tensor(ids, shape: [texts.count, tokenizer.modelMaxLength]), type: type).last
    }

    /// The U-Net for given text states, computing in their type between latents in f32.
    ///
    /// - Parameters:
    ///   - isQuantised: Whether it multiplies in 8 bits.
    ///   - deepCache: See ``DeepCache``.
    ///   - tokenMerging: See ``TokenMerging``.
    ///   - classVectors: What the U-Net is given beside the text at present, one for each text; nil if it takes none.
    func network(
        _ states: Tensor, isQuantised: Bool, deepCache: DeepCache? = nil,
        tokenMerging: TokenMerging? = nil, classVectors: @escaping () -> Tensor? = { nil }
    ) -> Network {
        let context = TextContext(states)
        return { x, timestep in
            let timesteps = [Float](repeating: timestep, count: x.shape[0])
            return Quantisation.using(isQuantised) {
                unet(
                    x.cast(to: states.type), timesteps: timesteps, context: context,
                    classVectors: classVectors(), deepCache: deepCache, tokenMerging: tokenMerging)
            }.cast(to: .f32)
        }
    }

    /// Pictures in [-1, 1], f32, from a sampler's result.
    func decode(_ latents: Tensor, type: ElementType) -> Tensor {
        let z = (latents / autoencoder.scalingFactor).cast(to: type)
        let pixels = z.shape[1] * z.shape[2] * scale * scale
        let picture: Tensor
        if isStreamed || pixels > 768 * 768 {
            picture = autoencoder.decode(z, holding: isStreamed ? 192 << 20 : 1 << 30)
        } else {
            picture = autoencoder.decode(z)
        }
        return picture.cast(to: .f32)
    }
}
