import PinxitCLIP
import PinxitCLIPGAN
import PinxitDALLE
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

extension FuzzTarget {
    /// One a kind of configuration: what is accepted, and small, is made and run.
    static let configurations: [String: Body] = [
        "unet": network(
            UNetConfiguration.init, isSmall: { $0.blockOutChannels.count <= 4 }, make: UNet.init,
            run: { unet, c in
                let side = 1 << (c.blockOutChannels.count - 1)
                let text = Tensor.ones([1, 2, c.crossAttentionWidth])
                var given = DenoiserConditions(text: TextContext(text))
                if let width = unet.addedWidth {
                    // As loading demands it: SDXL's six numbers, and behind them a pooled vector.
                    let pooled = width - 6 * (unet.numberWidth ?? 0)
                    guard pooled > 0 else { return }
                    given.added = .ones([1, pooled])
                    if unet.numberWidth != nil { given.numbers = [[8, 8, 0, 0, 8, 8]] }
                }
                _ = try? unet(.ones([1, side, side, c.inChannels]), timesteps: [3], given)
            }),
        "control-net": network(
            ControlNetConfiguration.init,
            isSmall: { $0.encoder.blockOutChannels.count <= 4 && $0.scale <= 16 },
            make: ControlNet.init,
            run: { net, c in
                let side = 1 << (c.encoder.blockOutChannels.count - 1)
                let text = Tensor.ones([1, 2, c.encoder.crossAttentionWidth])
                // As loading demands it.
                guard c.pictureChannels == 3, c.encoder.textTime == nil,
                    c.encoder.classEmbeddingWidth == nil
                else { return }
                let picture = net.embedded(.ones([1, side * c.scale, side * c.scale, 3]))
                _ = try? net(
                    .ones([1, side, side, c.encoder.inChannels]), timesteps: [3],
                    DenoiserConditions(text: TextContext(text)), picture: picture,
                    ControlNet.Strength(scale: 1))
            }),
        "t2i-adapter": network(
            T2IAdapterConfiguration.init,
            isSmall: { $0.channels.count <= 4 && $0.downscale <= 16 }, make: T2IAdapter.init,
            run: { adapter, c in
                let side = c.downscale << c.channels.count
                _ = adapter.features(.ones([1, side, side, c.pictureChannels]))
            }),
        "autoencoder-tiny": network(
            AutoencoderTinyConfiguration.init,
            isSmall: { $0.encoderBlockOutChannels.count <= 4 }, make: AutoencoderTiny.init,
            run: { model, c in
                let side = 1 << (c.encoderBlockOutChannels.count - 1)
                _ = try? model.decode(try model.encode(.ones([1, side, side, c.inChannels])))
            }),
        "autoencoder-kl": network(
            AutoencoderKLConfiguration.init, isSmall: { $0.blockOutChannels.count <= 4 },
            make: AutoencoderKL.init,
            run: { model, c in
                let side = 1 << (c.blockOutChannels.count - 1)
                _ = try? model.decode(
                    try model.posterior(.ones([1, side, side, c.inChannels])).mean)
            }),
        "clip-text": network(
            CLIPTextConfiguration.init, isSmall: { $0.layers <= 4 && $0.maxPositions > 1 },
            make: { CLIPTextModel($0, $1) },
            run: { model, c in
                _ = model(Tensor([Int32(0), Int32(c.vocabularySize - 1)], shape: [1, 2]))
            }),
        "picture-tokens": network(
            DiscreteAutoencoderConfiguration.init, isSmall: { $0.sampleSize <= 64 },
            make: DiscreteAutoencoder.init,
            run: { model, c in
                let tokens = model.tokens(.ones([1, c.sampleSize, c.sampleSize, 3]))
                _ = model.pictures(tokens.reshaped([1, c.tokenSide, c.tokenSide]))
            }),
        "token-transformer": network(
            TokenTransformerConfiguration.init,
            isSmall: { $0.layers <= 4 && $0.pictureLength <= 64 && $0.textLength <= 64 },
            make: TokenTransformer.init,
            run: { model, c in
                func zeros(_ count: Int) -> Tensor {
                    Tensor([Int32](repeating: 0, count: count), shape: [1, count])
                }
                _ = model(caption: zeros(c.textLength), tokens: zeros(c.pictureLength))
            }),
        "generator": network(
            GeneratorConfiguration.init, isSmall: { $0.widths.count <= 4 }, make: Generator.init,
            run: { model, c in
                _ = model(noise: .ones([1, c.noiseSize]), text: .ones([1, c.textSize]))
            }),
        "clip": network(
            PinxitCLIPConfiguration.init, isSmall: { $0.pictureSize <= 64 },
            make: { PinxitCLIPModel($0, $1) },
            run: { model, c in
                _ = model.embed(pictures: .ones([1, c.pictureSize, c.pictureSize, 3]))
            }),
    ]

    /// Parameters of the largest network that is run.
    private static let limit = 300_000

    private static func network<Configuration: Sendable, Model>(
        _ read: @escaping @Sendable (JSONField) throws(FileError) -> Configuration,
        isSmall: @escaping @Sendable (Configuration) -> Bool,
        make: @escaping @Sendable (Weights, Configuration) -> Model,
        run: @escaping @Sendable (Model, Configuration) -> Void
    ) -> Body {
        { bytes in
            guard let json = field(bytes), let configuration = try? read(json),
                isSmall(configuration)
            else { return }
            onEngine {
                let count = ParameterStore.count { _ = make($0, configuration) }
                guard count <= limit else { return }
                let store = ParameterStore(seed: 1, tracked: false)
                run(make(store.root, configuration), configuration)
            }
        }
    }
}
