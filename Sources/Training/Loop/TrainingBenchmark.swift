import PinxitAutograd
import PinxitCLIP
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// The pace of a whole training step (forward, loss, backward, AdamW), in the shapes that
/// `Benchmarks/torch_training.py` times.
public enum TrainingBenchmark: String, Sendable, CaseIterable {
    /// 11.0M parameters on 16x16x8 latents with 32 text states, batch 64.
    case unet
    /// An f8 `AutoencoderKL` of 2.7M parameters on 128x128 pictures, batch 16.
    case autoencoder
    /// Two transformers of width 192 on 64x64 pictures and 32 tokens, batch 128.
    case clip

    /// What was measured.
    public struct Result: Sendable {
        /// Numbers that the model learns.
        public let parameters: Int
        /// Of the median step.
        public let samplesPerSecond: Double
    }

    /// Runs steps for about `seconds`, at least three, after two that warm up.
    @Engine
    package func run(_ type: ElementType, seconds: Double) throws -> Result {
        let store = ParameterStore(seed: 1)
        let (batch, loss) = prepared(store, type)
        let optimiser = AdamW(store.parameters, .benchmark)
        let targets = store.parameters.map(\.tensor)
        let clock = ContinuousClock()
        var step = 0
        func advance() throws -> Double {
            let start = clock.now
            _ = try optimiser.update(
                gradients(of: try loss(), withRespectTo: targets), rate: 1e-4, step: step)
            step += 1
            return (clock.now - start) / .seconds(1)
        }
        for _ in 0..<2 { _ = try advance() }
        var times: [Double] = []
        while times.count < 3 || times.reduce(0, +) < seconds { times.append(try advance()) }
        let median = times.sorted()[times.count / 2]
        return Result(
            parameters: targets.reduce(0) { $0 + $1.count },
            samplesPerSecond: Double(batch) / median)
    }

    /// A model in the store, and what computes its loss on one batch.
    private func prepared(_ store: ParameterStore, _ type: ElementType) -> (
        batch: Int, loss: () throws -> Tensor
    ) {
        var random = SplitMix64(seed: 2)
        return switch self {
        case .unet: (64, Self.unet(store, type, &random))
        case .autoencoder: (16, Self.autoencoder(store, type, &random))
        case .clip: (128, Self.clip(store, type, &random))
        }
    }

    private static func unet(
        _ store: ParameterStore, _ type: ElementType, _ random: inout SplitMix64
    ) -> () throws -> Tensor {
        let unet = UNet(
            store.root,
            UNetConfiguration(
                sampleSize: 16, inChannels: 8, outChannels: 8, blockOutChannels: [64, 128, 192],
                attentionLevels: [false, true, true], layersPerBlock: [1, 1, 1], heads: [4, 4, 4],
                crossAttentionWidth: 192, normGroups: 16))
        let (x, noise) = (random.normal([64, 16, 16, 8]), random.normal([64, 16, 16, 8]))
        let context = random.normal([64, 32, 192]).cast(to: type)
        let times = (0..<64).map { Float($0) / 64 }
        return {
            try flowLoss(unet, x0: x, noise: noise, times: times, context: context, precision: type)
        }
    }

    private static func autoencoder(
        _ store: ParameterStore, _ type: ElementType, _ random: inout SplitMix64
    ) -> () throws -> Tensor {
        var configuration = AutoencoderKLConfiguration()
        configuration.blockOutChannels = [16, 32, 64, 128]
        configuration.latentChannels = 8
        configuration.layersPerBlock = 1
        configuration.normGroups = 8
        let model = AutoencoderKL(store.root, configuration)
        let x = random.normal([16, 128, 128, 3]).clamped(-1, 1)
        let noise = random.normal([16, 16, 16, 8]).cast(to: type)
        return {
            let posterior = try model.posterior(x.cast(to: type))
            guard let logVariance = posterior.logVariance else {
                preconditionFailure("an AutoencoderKL gives a variance, not \(posterior)")
            }
            let rebuilt = try model.decode(posterior.mean + (logVariance * 0.5).exp * noise)
            return (rebuilt.cast(to: .f32) - x).abs.mean()
                + divergenceLoss(mean: posterior.mean, logVariance: logVariance) * 1e-6
        }
    }

    private static func clip(
        _ store: ParameterStore, _ type: ElementType, _ random: inout SplitMix64
    ) -> () throws -> Tensor {
        let model = clipModel(store)
        let ids = (0..<128 * 32).map { $0 % 32 == 31 ? Int32(4095) : Int32(random.below(4094)) }
        let texts = Tensor(ids, shape: [128, 32])
        let pictures = random.normal([128, 64, 64, 3]).cast(to: type)
        let targets = contrastiveTargets(Array(0..<128))
        return {
            contrastiveLoss(
                images: model.embed(pixels: pictures), texts: model.embed(ids: texts, type: type),
                logScale: model.logScale.reshaped([1]), targets: targets)
        }
    }

    private static func clipModel(_ store: ParameterStore) -> CLIPModel {
        let text = CLIPTextConfiguration(
            vocabularySize: 4096, hiddenSize: 192, intermediateSize: 768, layers: 4, heads: 4,
            maxPositions: 32, activation: .gelu, projectionSize: 192, bosID: 4094, eosID: 4095,
            padID: 4095)
        var vision = CLIPVisionConfiguration()
        vision.hiddenSize = 192
        vision.intermediateSize = 768
        vision.layers = 4
        vision.heads = 4
        vision.imageSize = 64
        vision.patchSize = 8
        vision.activation = .gelu
        return CLIPModel(store.root, text: text, vision: vision, projectionSize: 192)
    }
}
