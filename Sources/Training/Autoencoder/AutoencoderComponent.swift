import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// An autoencoder as a configuration describes it: how to build one, and its folder in the
/// diffusers layout.
struct AutoencoderComponent {
    let build: (Weights) -> any LatentAutoencoder
    /// `config.json` of the finished component, for its scaling factor.
    private let describe: (Float) -> JSONValue

    /// Reads the `model` group of a training configuration: diffusers' own keys, `_class_name`
    /// telling which network.
    init(_ s: SettingsReader) throws {
        switch try s.string("_class_name") {
        case "AutoencoderTiny":
            let configuration = try AutoencoderTinyConfiguration(training: s)
            build = { AutoencoderTiny($0, configuration) }
            describe = {
                var scaled = configuration
                scaled.scalingFactor = $0
                return scaled.json
            }
        case "AutoencoderKL":
            let configuration = try AutoencoderKLConfiguration(training: s)
            build = { AutoencoderKL($0, configuration) }
            describe = {
                var scaled = configuration
                scaled.scalingFactor = $0
                return scaled.json
            }
        default:
            throw s.field["_class_name"].error("AutoencoderTiny or AutoencoderKL")
        }
        try s.finish()
    }

    /// Writes `config.json` and the weights, in f16 as they ship.
    func write(weights: [String: Tensor], scalingFactor: Float, to folder: String) throws {
        try writeComponent(folder, weights, describe(scalingFactor), file: .diffusers)
    }
}

extension AutoencoderTinyConfiguration {
    fileprivate init(training s: SettingsReader) throws {
        self.init()
        latentChannels = try s.int("latent_channels", or: 4, in: 1...64)
        let width = try s.int("width", or: 64, in: 8...1024)
        numEncoderBlocks = try s.ints("num_encoder_blocks", or: [1, 3, 3, 3])
        numDecoderBlocks = try s.ints("num_decoder_blocks", or: [3, 3, 3, 1])
        encoderBlockOutChannels = numEncoderBlocks.map { _ in width }
        decoderBlockOutChannels = numDecoderBlocks.map { _ in width }
    }
}

extension AutoencoderKLConfiguration {
    fileprivate init(training s: SettingsReader) throws {
        self.init()
        latentChannels = try s.int("latent_channels", or: 4, in: 1...64)
        blockOutChannels = try s.ints("block_out_channels", or: [16, 32, 64, 128])
        layersPerBlock = try s.int("layers_per_block", or: 1, in: 1...8)
        normGroups = try s.int("norm_num_groups", or: 8, in: 1...512)
        midBlockAddAttention = try s.bool("mid_block_add_attention", or: false)
    }
}
