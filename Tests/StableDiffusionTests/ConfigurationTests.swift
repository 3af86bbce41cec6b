import PinxitFiles
import PinxitStableDiffusion
import PinxitTestSupport
import Testing

/// A field that is wrong, and what must be said about it.
struct WrongField: Sendable, CustomTestStringConvertible {
    let name: String
    let value: JSONValue
    let field: String
    let hint: String
    var testDescription: String { name }

    init(_ name: String, _ value: JSONValue, field: String? = nil, _ hint: String) {
        (self.name, self.value, self.field, self.hint) = (name, value, field ?? name, hint)
    }
}

@Suite struct ConfigurationTests {
    private static let unet: [WrongField] = [
        .init("block_out_channels", [], "1 to 16"),
        .init("block_out_channels", [8, -12, 12], field: "block_out_channels[1]", "1 to 16384"),
        .init("block_out_channels", [8, 12, "12"], field: "block_out_channels[2]", "an integer"),
        .init("block_out_channels", [8, 12], field: "down_block_types", "one type for each of 2"),
        .init(
            "down_block_types", ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
            field: "down_block_types[1]", "CrossAttnDownBlock2D or DownBlock2D"),
        .init(
            "up_block_types", ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
            field: "up_block_types[1]", "CrossAttnUpBlock2D or UpBlock2D"),
        .init("mid_block_type", "UNetMidBlock2DSimpleCrossAttn", "UNetMidBlock2DCrossAttn"),
        .init("layers_per_block", 0, "1 to 64"),
        .init("layers_per_block", [1, 1], "a list of 3"),
        .init("layers_per_block", 9_000_000_000_000, "1 to 64"),
        .init("attention_head_dim", [1, 5, 4], "a divisor of 12"),
        .init(
            "transformer_layers_per_block", [[1], [1], [1]],
            field: "reverse_transformer_layers_per_block", "a list for each level"),
        .init(
            "transformer_layers_per_block", [1, [1, 1], 1],
            field: "transformer_layers_per_block[1]", "a list of 1"),
        .init("norm_num_groups", 3, "a divisor of 8"),
        .init("norm_num_groups", nil, "a divisor of 8"),
        .init("norm_eps", 0, "above 0"),
        .init("sample_size", [8, 16], "a list of equal ones"),
        .init("cross_attention_dim", [16, 32], "a list of equal ones"),
        .init("act_fn", "mish", "silu"),
        .init("addition_embed_type", "text_image", "text_time"),
        .init(
            "addition_embed_type", "text_time", field: "projection_class_embeddings_input_dim",
            "an integer"),
        .init("time_cond_proj_dim", 0, "1 to 16384"),
        .init("class_embed_type", "timestep", "projection"),
        .init(
            "only_cross_attention", [true, false, false], field: "only_cross_attention[0]", "false"),
        .init("resnet_time_scale_shift", "scale_shift", "default"),
        .init("downsample_padding", 0, "1"),
        .init("conv_in_kernel", 5, "3"),
        .init("mid_block_scale_factor", 1.4, "1"),
        .init("use_linear_projection", 1, "true or false"),
    ]

    @Test(arguments: unet) func wrongUNetFields(_ wrong: WrongField) throws {
        let file = folder("tiny-sd2", "unet/config.json")
        let json = try JSONFile.read(file).replacing(wrong.name, with: wrong.value)
        let error = try #require(throws: FileError.self) { _ = try UNetConfiguration(json) }
        #expect(error.path == file)
        #expect(error.field == wrong.field)
        #expect(error.problem.contains(wrong.hint), "\(error.problem)")
    }

    private static let autoencoder: [WrongField] = [
        .init(
            "down_block_types", ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
            field: "down_block_types[1]", "DownEncoderBlock2D"),
        .init("up_block_types", ["UpDecoderBlock2D"], "one type for each of 2"),
        .init("norm_num_groups", 32, "a divisor of 4"),
        .init("latent_channels", 0, "1 to"),
        .init("scaling_factor", -1, "above 0"),
        .init("shift_factor", 0.1, "accepted: 0"),
        .init("latents_mean", [0, 0, 0, 0], field: "latents_std", "array"),
        .init("latents_std", [0, 0, 0], field: "latents_mean", "array"),
        .init("act_fn", "relu", "silu"),
    ]

    @Test(arguments: autoencoder) func wrongAutoencoderFields(_ wrong: WrongField) throws {
        let json = try JSONFile.read(folder("tiny-sd2", "vae/config.json"))
            .replacing(wrong.name, with: wrong.value)
        let error = try #require(throws: FileError.self) {
            _ = try AutoencoderKLConfiguration(json)
        }
        #expect(error.field == wrong.field)
        #expect(error.problem.contains(wrong.hint), "\(error.problem)")
    }

    private static let tiny: [WrongField] = [
        .init("encoder_block_out_channels", [8, 8, 16], "equal widths"),
        .init("num_decoder_blocks", [1, 1], "each of 3 levels"),
        .init("act_fn", "silu", "relu"),
        .init("latent_magnitude", 4, "3"),
    ]

    @Test(arguments: tiny) func wrongTinyAutoencoderFields(_ wrong: WrongField) throws {
        let json = try JSONFile.read(Fixture.path("tiny-autoencoder/config.json"))
            .replacing(wrong.name, with: wrong.value)
        let error = try #require(throws: FileError.self) {
            _ = try AutoencoderTinyConfiguration(json)
        }
        #expect(error.field == wrong.field)
        #expect(error.problem.contains(wrong.hint), "\(error.problem)")
    }

    @Test func anUnknownAutoencoderIsNamed() throws {
        let broken = try TemporaryComponent(config: ["_class_name": "VQModel"])
        let error = try #require(throws: FileError.self) {
            _ = try loadAutoencoder(folder: broken.path)
        }
        #expect(error.field == "_class_name")
        #expect(error.problem.contains("AutoencoderKL"))
    }

    @Test func anOldSmallSampleSizeIsCorrected() throws {
        let json = try JSONFile.read(folder("tiny-sd1", "unet/config.json"))
        #expect(try UNetConfiguration(json).sampleSize == 8)
        let old = json.replacing("_diffusers_version", with: "0.6.0")
        #expect(try UNetConfiguration(old).sampleSize == 64)
    }

    /// Stable Diffusion 2's file, as far as it differs from diffusers' defaults.
    @Test func listsAreReadLevelByLevel() throws {
        let json = JSONField(
            file: "config.json", path: "",
            value: [
                "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024,
                "use_linear_projection": true, "upcast_attention": true, "sample_size": 96,
            ])
        let c = try UNetConfiguration(json)
        #expect(c.blockOutChannels == [320, 640, 1280, 1280])
        #expect(c.attentionLevels == [true, true, true, false])
        #expect(c.heads == [5, 10, 20, 20])
        #expect(c.layersPerBlock == [2, 2, 2, 2])
        #expect(c.timeEmbeddingWidth == 1280)
    }
}
