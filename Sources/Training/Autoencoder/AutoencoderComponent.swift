import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// An autoencoder as a configuration describes it: how to build one, and its folder in the
/// diffusers layout.
struct AutoencoderComponent {
    let build: (Weights) -> any LatentAutoencoder
    /// Pixels that a latent stands for, in each direction.
    let downscale: Int
    /// Channels of the first level.
    let width: Int
    /// `config.json` of the finished component, for its scaling factor.
    private let describe: (Float) -> JSONValue

    /// Reads the `model` group of a training configuration: diffusers' own keys, `_class_name`
    /// telling which network.
    init(_ s: SettingsReader) throws {
        switch try s.choice("_class_name", or: Kind?.none, "Which network, by diffusers' name.") {
        case .tiny:
            let configuration = try AutoencoderTinyConfiguration(training: s)
            build = { AutoencoderTiny($0, configuration) }
            downscale = 1 << (configuration.numEncoderBlocks.count - 1)
            width = configuration.encoderBlockOutChannels[0]
            describe = {
                var scaled = configuration
                scaled.scalingFactor = $0
                return scaled.json
            }
        case .kl:
            let configuration = try AutoencoderKLConfiguration(training: s)
            build = { AutoencoderKL($0, configuration) }
            downscale = 1 << (configuration.blockOutChannels.count - 1)
            width = configuration.blockOutChannels[0]
            describe = {
                var scaled = configuration
                scaled.scalingFactor = $0
                return scaled.json
            }
        }
        try s.finish()
    }

    /// The networks there are.
    enum Kind: String, CaseIterable {
        case tiny = "AutoencoderTiny"
        case kl = "AutoencoderKL"
    }

    /// Writes `config.json` and the weights, in f16 as they ship.
    func write(weights: [String: Tensor], scalingFactor: Float, to folder: String) throws {
        try writeComponent(folder, weights, describe(scalingFactor), file: .diffusers)
    }
}

extension AutoencoderTinyConfiguration {
    fileprivate init(training s: SettingsReader) throws {
        self.init()
        latentChannels = try s.latentChannels()
        let width = try s.int("width", or: 64, in: 8...1024, "Channels of every level.")
        numEncoderBlocks = try s.ints(
            "num_encoder_blocks", or: [1, 3, 3, 3], count: 1...8, each: 0...64,
            "Blocks of the encoder's levels; every level but the first halves the picture.")
        numDecoderBlocks = try s.ints(
            "num_decoder_blocks", or: [3, 3, 3, 1], count: 1...8, each: 0...64,
            "Blocks of the decoder's levels, as many as the encoder's.")
        encoderBlockOutChannels = numEncoderBlocks.map { _ in width }
        decoderBlockOutChannels = numDecoderBlocks.map { _ in width }
        guard numDecoderBlocks.count == numEncoderBlocks.count else {
            throw s.field["num_decoder_blocks"].unsupported(
                "a list of \(numDecoderBlocks.count)",
                ["a list of \(numEncoderBlocks.count), as of num_encoder_blocks"])
        }
        self = try s.readBack(json, AutoencoderTinyConfiguration.init)
    }
}

extension AutoencoderKLConfiguration {
    fileprivate init(training s: SettingsReader) throws {
        self.init()
        latentChannels = try s.latentChannels()
        blockOutChannels = try s.ints(
            "block_out_channels", or: [16, 32, 64, 128], count: 1...8, each: 1...16384,
            "Channels of each level; every level but the last halves the picture.")
        layersPerBlock = try s.int(
            "layers_per_block", or: 1, in: 1...8, "Residual blocks of each level.")
        normGroups = try s.int(
            "norm_num_groups", or: 8, in: 1...512,
            "Groups of all norms; they divide the channels of every level.")
        midBlockAddAttention = try s.bool(
            "mid_block_add_attention", or: false,
            "Whether there is self-attention at the smallest map.")
        self = try s.readBack(json, AutoencoderKLConfiguration.init)
    }
}

extension SettingsReader {
    fileprivate func latentChannels() throws -> Int {
        try int("latent_channels", or: 4, in: 1...64, "Channels of the latents.")
    }
}
