import Foundation
import Testing

/// Stages of training in toy sizes, which learn and report as those of people do; for resuming to
/// the bit there are ``ToyStages``.
enum SmallStages {
    /// Six steps.
    static let optimisation = """
        "optimisation": {"samples": 24, "batch": 4, "learning_rate": 1e-3, "warm_up": 2,
                         "report_every": 3, "save_every": 2}
        """

    /// A toy data set and a configuration for each stage, in a scratch folder.
    static func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let configurations = [
            "tokenizer": #"{"vocabulary_size": 540, "max_length": 24, "captions": 200}"#,
            "clip": "{\(ToyStages.clip), \(optimisation)}",
            "autoencoder": """
            {"model": {"_class_name": "AutoencoderTiny", "latent_channels": 4, "width": 8,
                       "num_encoder_blocks": [0, 0, 0, 1], "num_decoder_blocks": [1, 0, 0, 0]},
             "task": {"crop": 32}, \(optimisation)}
            """,
            "diffusion": """
            {"model": {"sample_size": 4, "block_out_channels": [16, 16],
                       "attention_levels": [1], "heads": 2, "norm_num_groups": 4},
             "task": {"pictures": 64, "train_text_encoder": true,
                          "layout_weight": 0.1, "pair_repetitions": 2, "time_mean": 0.5},
             "prompts": ["a red apple", "一只猫"], \(optimisation)}
            """,
            "tokens": """
            {"model": {"sample_size": 16, "block_out_channels": [8, 8], "encoder_blocks": [0, 1],
                       "decoder_blocks": [1, 0], "levels": [5, 5, 5]}, \(optimisation)}
            """,
            "dalle": """
            {"model": {"hidden_size": 16, "num_layers": 2, "num_heads": 2},
             "task": {"pictures": 64, "layout_weight": 0.1, "pair_repetitions": 2, "top_p": 0.9},
             "prompts": ["a red apple", "一只猫"], \(optimisation)}
            """,
        ]
        for (stage, text) in configurations {
            try scratch.write(Data(text.utf8), to: "\(stage).json")
        }
        return scratch
    }

    static func train(
        _ stage: String, _ model: String, _ more: [String] = [], in scratch: Scratch
    ) throws -> Program.Outcome {
        try Program.run(
            [
                "train", stage, "--config", "\(stage).json", "--model", model, "--quiet",
            ] + (more.contains("--dataset") ? [] : ["--dataset", "toys"]) + more, in: scratch.path)
    }

    /// Trains all stages of `model` and checks that each ends well.
    static func trainAll(_ model: String, in scratch: Scratch) throws {
        for stage in ["tokenizer", "clip", "autoencoder", "diffusion"] {
            let outcome = try train(stage, model, in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
    }
}
