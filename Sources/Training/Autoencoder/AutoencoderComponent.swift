import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// An autoencoder as a configuration describes it: how to build one, and its folder in the diffusers layout.
struct AutoencoderComponent {
    let build: (Weights) -> any LatentAutoencoder
    /// `config.json` of the finished component, for its scaling factor.
    private let describe: (Float) -> JSONValue

    /// Reads the `model` group of a training configuration: diffusers' own keys, `_class_name` telling which network.
    init(_ s: SettingsReader) throws {
        let name = try s.string("_class_name")
        switch name {
        case "AutoencoderTiny":
            var c = AutoencoderTinyConfiguration()
            c.latentChannels = try s.int("latent_channels", or: 4, in: 1...64)
            let width = try s.int("width", or: 64, in: 8...1024)
            c.numEncoderBlocks = try s.ints("num_encoder_blocks", or: [1, 3, 3, 3])
            c.numDecoderBlocks = try s.ints("num_decoder_blocks", or: [3, 3, 3, 1])
            c.encoderBlockOutChannels = c.numEncoderBlocks.map { _ in width }
            c.decoderBlockOutChannels = c.numDecoderBlocks.map { _ in width }
            let configuration = c
            build = { AutoencoderTiny($0, configuration) }
            describe = { configuration.json(scalingFactor: $0) }
        case "AutoencoderKL":
            var c = AutoencoderKLConfiguration()
            c.latentChannels = try s.int("latent_channels", or: 4, in: 1...64)
            c.blockOutChannels = try s.ints("block_out_channels", or: [16, 32, 64, 128])
            c.layersPerBlock = try s.int("layers_per_block", or: 1, in: 1...8)
            c.normGroups = try s.int("norm_num_groups", or: 8, in: 1...512)
            c.midBlockAddAttention = try s.bool("mid_block_add_attention", or: false)
            let configuration = c
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
        try writeComponent(
            folder, weights, describe(scalingFactor), file: DiffusersFiles.weights)
    }
}

extension AutoencoderTinyConfiguration {
    /// The configuration as diffusers writes it.
    func json(scalingFactor: Float) -> JSONValue {
        func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
        return [
            "_class_name": "AutoencoderTiny", "_diffusers_version": DiffusersFiles.version,
            "act_fn": "relu",
            "in_channels": .integer(inChannels), "out_channels": .integer(outChannels),
            "encoder_block_out_channels": list(encoderBlockOutChannels),
            "decoder_block_out_channels": list(decoderBlockOutChannels),
            "num_encoder_blocks": list(numEncoderBlocks),
            "num_decoder_blocks": list(numDecoderBlocks),
            "latent_channels": .integer(latentChannels), "latent_magnitude": 3, "latent_shift": 0.5,
            "upsampling_scaling_factor": 2, "scaling_factor": .number(Double(scalingFactor)),
            "force_upcast": false,
        ]
    }
}
