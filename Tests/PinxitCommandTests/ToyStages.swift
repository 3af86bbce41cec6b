import Foundation
import PinxitImages
import PinxitTestSupport

/// Every stage of training in toy sizes, and what each needs of earlier ones.
enum ToyStages {
    /// A recipe of a stage, several of some stages.
    static let recipes: [(name: String, recipe: String)] = [
        ("clip", "{\(clip), \(optimisation)}"),
        ("clip-chunk", "{\(clip), \"task\": {\"chunk\": 1}, \(optimisation)}"),
        ("clip-sigmoid", "{\(clip), \"task\": {\"loss\": \"sigmoid\"}, \(optimisation)}"),
        (
            "clip-hard",
            "{\(clip), \"task\": {\"hard_negatives\": true, \"chunk\": 1}, \(optimisation)}"
        ),
        (
            "autoencoder",
            """
            {"model": {"_class_name": "AutoencoderTiny", "latent_channels": 4, "width": 8,
                       "num_encoder_blocks": [0, 0, 0, 1], "num_decoder_blocks": [1, 0, 0, 0]},
             "task": {"crop": 16}, \(optimisation)}
            """
        ),
        (
            "autoencoder-kl",
            """
            {"model": {"_class_name": "AutoencoderKL", "latent_channels": 3,
                       "block_out_channels": [8, 8], "norm_num_groups": 4},
             "task": {"crop": 16}, \(optimisation)}
            """
        ),
        (
            "diffusion",
            """
            {\(unet), "task": {"pictures": 64, "train_text_encoder": true, "layout_weight": 0.1},
             \(composed)}
            """
        ),
        (
            "distillation",
            """
            {"task": {"teacher": "\(Fixture.path("tiny-pinxit"))", "steps": 2,
                      "teacher_steps": [2, 1]}, \(optimisation)}
            """
        ),
        ("tokens", "{\"model\": {\(tokens), \"levels\": [5, 5, 5]}, \(optimisation)}"),
        ("tokens-vq", "{\"model\": {\(tokens), \"quantizer\": \"vq\", \(codes)}, \(optimisation)}"),
        (
            "tokens-gumbel",
            "{\"model\": {\(tokens), \"quantizer\": \"gumbel\", \(codes)}, \(optimisation)}"
        ),
        (
            "dalle",
            """
            {"model": {"hidden_size": 16, "num_layers": 2, "num_heads": 2},
             "task": {"pictures": 64, "caption_dropout": 0.5}, \(optimisation)}
            """
        ),
        (
            "dalle-layout",
            """
            {"model": {"hidden_size": 16, "num_layers": 2, "num_heads": 2},
             "task": {"pictures": 64, "layout_weight": 0.1, "pair_repetitions": 2}, \(composed)}
            """
        ),
        (
            "gan",
            """
            {"model": {"noise_size": 4, "condition_size": 8, "generator_widths": [8, 8, 8, 8],
                       "generator_convolutions": [1, 1, 1, 1], "generator_attention": [8],
                       "discriminator_widths": [8, 8, 8, 8], "discriminator_attention": [8],
                       "head_size": 4},
             "task": {"clip": "\(Fixture.path("tiny-clip"))", "pictures": 64, "penalty_every": 2,
                      "augmentations": ["translation", "cutout", "colour"],
                      "near_mismatches": 0.3, "picture_conditions": 0.3}, \(optimisation)}
            """
        ),
        (
            "prior",
            """
            {"model": {"heads": 2, "head_size": 8, "layers": 1}, "task": {"pictures": 64},
             \(optimisation)}
            """
        ),
        ("unclip", "{\(unet), \"task\": {\"pictures\": 64}, \(optimisation)}"),
        (
            "finetune",
            """
            {"task": {"train_text_encoder": true, "min_snr": 5, "recompute": true,
                      "prior_pictures": "pictures", "caption_dropout": 0.5}, \(optimisation)}
            """
        ),
        (
            "lora",
            """
            {"task": {"rank": 2, "train_text_encoder": true, "offset_noise": 0.05, "min_snr": 5},
             \(optimisation)}
            """
        ),
        (
            "lora-prior",
            """
            {"task": {"rank": 2, "dora": true, "recompute": true, "prior_pictures": "pictures",
                      "caption_dropout": 0.5}, \(optimisation)}
            """
        ),
        (
            "inversion",
            """
            {"task": {"word": "my-disc", "initial_word": "apple", "vectors": 2}, \(optimisation)}
            """
        ),
    ]

    /// With so large an epsilon AdamW's updates are smooth in the gradients.
    private static let optimisation = """
        "dataset": {"size": 32}, \(composed)
        """
    private static let composed = """
        "optimisation": {"samples": 24, "batch": 4, "learning_rate": 1e-3, "warm_up": 2,
                         "report_every": 1000, "save_every": 2, "precision": "f32",
                         "epsilon": 1, "weight_decay": 0}
        """
    static let unet = """
        "model": {"sample_size": 4, "block_out_channels": [16, 16], "attention_levels": [1],
                  "heads": 2, "norm_num_groups": 4}
        """
    static let clip = """
        "model": {"text_width": 16, "text_layers": 1, "text_heads": 2, "projection": 8,
                  "image_size": 16, "image_widths": [8, 8], "image_layers": 0, "image_heads": 2}
        """
    private static let tokens = """
        "sample_size": 16, "block_out_channels": [8, 8], "encoder_blocks": [0, 1],
        "decoder_blocks": [1, 0]
        """
    private static let codes = #""codebook_size": 16, "code_width": 4"#

    /// The data set of a recipe: composed pictures where that matters, else a folder of a few.
    static func dataset(_ name: String) -> String {
        ["diffusion", "dalle-layout"].contains(name) ? "toys" : "pictures"
    }

    /// Writes the data sets and all recipes.
    static func write(to scratch: Scratch) throws {
        try scratch.writeToys()
        try writePictures(scratch)
        for (name, recipe) in recipes { try scratch.write(Data(recipe.utf8), to: "\(name).json") }
        try scratch.write(
            Data(
                #"{"vocabulary_size": 540, "max_length": 24, "captions": 200, "dataset": {"size": 32}}"#
                    .utf8),
            to: "tokenizer.json")
    }

    /// Eighty pictures, each with a disc of its own size, place and colour.
    static func writePictures(_ scratch: Scratch) throws {
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/pictures", withIntermediateDirectories: true)
        for number in 0..<80 {
            let color = [UInt8(number % 5 * 60), UInt8(number % 3 * 120), UInt8(number * 3)]
            var picture = Picture(width: 32, height: 32, color: [240, 240, 240])
            let (x, y, radius) = (8 + number % 13, 8 + number % 11, 4 + number % 7)
            for row in 0..<32 {
                for column in 0..<32 {
                    let (dx, dy) = (column - x, row - y)
                    guard dx * dx + dy * dy < radius * radius else { continue }
                    let start = picture.offset(x: column, y: row)
                    picture.pixels.replaceSubrange(start..<start + 3, with: color)
                }
            }
            try picture.write(to: "\(scratch.path)/pictures/\(number).png")
            try scratch.write(
                Data("disc \(number % 5) of \(number % 3) at \(x), \(y)".utf8),
                to: "pictures/\(number).txt")
        }
    }

    /// Trains `base`, a model with what stages take from others.
    static func makeBase(in scratch: Scratch) throws {
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/base", withIntermediateDirectories: true)
        try train("tokenizer", "base", scratch)
        for name in ["clip", "autoencoder", "tokens"] { try train(name, "base", scratch) }
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/base/clip", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: "\(scratch.path)/base/tokenizer", toPath: "\(scratch.path)/base/clip/tokenizer")
        try train("clip", "base/clip", scratch, ["--set", "task.export=clip"])
    }

    private static func train(
        _ name: String, _ model: String, _ scratch: Scratch, _ more: [String] = []
    ) throws {
        let outcome = try Program.run(
            [
                "train", name, "--config", "\(name).json", "--dataset", "pictures", "--model",
                model,
                "--quiet", "--run", "runs/\(model)-\(name)",
            ] + more, in: scratch.path)
        guard outcome.status == 0 else { throw Failure(what: "\(name): \(outcome.errors)") }
    }

    struct Failure: Error { let what: String }
}
