import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

/// What is wrong in a recipe is found before anything is read or written.
@Suite struct RecipeTests {
    private static let optimisation = """
        "optimisation": {"samples": 8, "batch": 4, "learning_rate": 1e-3}
        """

    private func read(_ stage: TrainingRun.Stage, _ text: String) throws {
        let value = try JSONValue(parsing: text)
        _ = try stage.read(SettingsReader(JSONField(file: "r.json", path: "", value: value)))
    }

    /// Reads a recipe of that `model` and expects a complaint about the field.
    private func expectRefusal(
        _ stage: TrainingRun.Stage, _ model: String, _ field: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = "{\"model\": {\(model)}, \(Self.optimisation)}"
        do {
            try read(stage, text)
            Issue.record("\(model) was accepted", sourceLocation: sourceLocation)
        } catch let error as FileError {
            #expect(
                error.path == "r.json" && error.field == field, "\(error)",
                sourceLocation: sourceLocation)
            #expect(error.problem.contains("accepted"), "\(error)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test("Buckets are for fine-tuning, and settings that would do nothing are refused")
    func folders() throws {
        for (stage, dataset, field) in [
            (TrainingRun.Stage.prior, #""crop": "bucket""#, "dataset.crop"),
            (.prior, #""bucket_step": 64"#, "dataset.bucket_step"),
            (.prior, #""keep_tokens": 1"#, "dataset.keep_tokens"),
            (.lora, #""crop": "random", "bucket_step": 64"#, "dataset.bucket_step"),
        ] {
            let error = #expect(throws: FileError.self) {
                try read(stage, "{\"dataset\": {\(dataset)}, \(Self.optimisation)}")
            }
            #expect(error?.field == field)
        }
        try read(.lora, "{\"dataset\": {\"bucket_step\": 64}, \(Self.optimisation)}")
        try read(
            .prior,
            "{\"dataset\": {\"shuffle_tags\": true, \"keep_tokens\": 1}, \(Self.optimisation)}")
    }

    @Test(
        "Sizes of a U-Net that do not go together are refused",
        arguments: [
            TrainingRun.Stage.diffusion, .unclip,
        ])
    func unet(_ stage: TrainingRun.Stage) {
        for (model, field) in [
            (#""block_out_channels": []"#, "block_out_channels"),
            (#""block_out_channels": [-16, 16]"#, "block_out_channels"),
            (#""block_out_channels": [0, 16]"#, "block_out_channels"),
            (#""block_out_channels": [4611686018427387904, 16]"#, "block_out_channels"),
            (#""block_out_channels": [2, 16], "norm_num_groups": 1"#, "block_out_channels"),
            (#""block_out_channels": [16, 16], "norm_num_groups": 5"#, "norm_num_groups"),
            (
                #""block_out_channels": [16, 16], "norm_num_groups": 4, "heads": 3,"#
                    + #""attention_levels": [1]"#, "heads"
            ),
            (#""block_out_channels": [16, 16], "attention_levels": [2]"#, "attention_levels"),
            (#""attention_levels": [-1]"#, "attention_levels"),
            (#""layers_per_block": 2147483648"#, "layers_per_block"),
            (#""sample_size": 0"#, "sample_size"),
        ] { expectRefusal(stage, model, "model.\(field)") }
    }

    @Test("Sizes of an autoencoder that do not go together are refused")
    func autoencoder() {
        let tiny = #""_class_name": "AutoencoderTiny", "#
        for (model, field) in [
            (#""_class_name": "VQModel""#, "_class_name"),
            (tiny + #""num_encoder_blocks": []"#, "num_encoder_blocks"),
            (tiny + #""num_encoder_blocks": [2147483648, 1, 1, 1]"#, "num_encoder_blocks"),
            (tiny + #""num_encoder_blocks": [1, -1, 1, 1]"#, "num_encoder_blocks"),
            (tiny + #""num_encoder_blocks": [1, 1]"#, "num_decoder_blocks"),
            (tiny + #""width": 0"#, "width"), (tiny + #""latent_channels": 0"#, "latent_channels"),
        ] { expectRefusal(.autoencoder, model, "model.\(field)") }
        let kl = #""_class_name": "AutoencoderKL", "#
        for (model, field) in [
            (#""norm_num_groups": 5"#, "norm_num_groups"),
            (#""block_out_channels": []"#, "block_out_channels"),
            (#""block_out_channels": [16, -8]"#, "block_out_channels"),
            (#""layers_per_block": 0"#, "layers_per_block"),
        ] { expectRefusal(.autoencoder, kl + model, "model.\(field)") }
    }

    @Test("Sizes of a CLIP that do not go together are refused")
    func clip() {
        for (model, field) in [
            (#""text_heads": 5"#, "text_heads"), (#""image_heads": 5"#, "image_heads"),
            (#""image_widths": []"#, "image_widths"), (#""image_widths": [12]"#, "image_widths"),
            (#""image_size": 20, "image_widths": [8, 8, 8]"#, "image_widths"),
            (#""text_layers": 2147483648"#, "text_layers"),
            (#""image": "residual", "image_blocks": [1]"#, "image_blocks"),
            (#""image": "residual", "image_blocks": [1, 1, 1, 65]"#, "image_blocks"),
        ] { expectRefusal(.clip, model, "model.\(field)") }
    }

    @Test("Sizes of DALL·E's networks that do not go together are refused")
    func dalle() {
        for (model, field) in [
            (#""sample_size": 20"#, "sample_size"),
            (#""block_out_channels": [8]"#, "block_out_channels"),
            (#""encoder_blocks": [1, 1]"#, "encoder_blocks"), (#""levels": []"#, "levels"),
            (#""levels": [256, 256, 256]"#, "levels"),
            (#""quantizer": "vq", "codebook_size": 1"#, "codebook_size"),
        ] { expectRefusal(.tokens, model, "model.\(field)") }
        expectRefusal(.dalle, #""hidden_size": 16, "num_heads": 3"#, "model.num_heads")
        expectRefusal(.dalle, #""hidden_size": 8192, "num_heads": 1"#, "model.num_heads")
        expectRefusal(.dalle, #""num_layers": 2147483648"#, "model.num_layers")
    }

    @Test("Sizes of a GAN and of a prior that do not go together are refused")
    func ganAndPrior() {
        for (model, field) in [
            (#""generator_widths": []"#, "generator_widths"),
            (#""generator_widths": [8, 8], "generator_attention": []"#, "generator_convolutions"),
            (#""generator_attention": [7]"#, "generator_attention"),
            (#""head_size": 5"#, "generator_attention"),
            (#""discriminator_widths": [8]"#, "discriminator_widths"),
            (
                #""discriminator_widths": [8, 8, 8, 8, 8, 8, 8, 8], "discriminator_attention": []"#,
                "discriminator_widths"
            ),
            (#""discriminator_attention": [64]"#, "discriminator_attention"),
            (#""noise_size": 0"#, "noise_size"),
        ] { expectRefusal(.gan, model, "model.\(field)") }
        expectRefusal(.prior, #""heads": 1, "head_size": 3"#, "model.head_size")
        expectRefusal(.prior, #""layers": 2147483648"#, "model.layers")
        expectRefusal(.prior, #""heads": 0"#, "model.heads")
    }

    @Test("A misspelt setting is named with what it may have been")
    func misspelt() throws {
        let error = #expect(throws: FileError.self) {
            try read(
                .prior, #"{"optimisation": {"samples": 8, "batch": 4, "learning_rat": 1}}"#)
        }
        #expect(error?.field == "optimisation.learning_rate")
        let other = #expect(throws: FileError.self) {
            try read(.prior, "{\"task\": {\"picturs\": 64}, \(Self.optimisation)}")
        }
        #expect(other?.field == "task.picturs")
        #expect(other?.problem.contains("(pictures?)") == true)
    }

    @Test(
        "Numbers out of their range are refused",
        arguments: [
            "samples": "0", "batch": "65537", "learning_rate": "-1", "beta1": "1", "beta2": "1.5",
            "epsilon": "0", "clip": "0", "average_decay": "2", "warm_up": "-1", "report_every": "0",
            "seed": "-1", "learning_rate ": "1e300",
        ])
    func ranges(_ name: String, _ value: String) {
        let name = name.trimmingCharacters(in: .whitespaces)
        var settings = ["samples": "8", "batch": "4", "learning_rate": "1"]
        settings[name] = value
        let text = settings.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        let error = #expect(throws: FileError.self) {
            try read(.prior, "{\"optimisation\": {\(text)}}")
        }
        #expect(error?.field == "optimisation.\(name)")
    }

    @Test("The recipes that ship are accepted", arguments: ["", "pictures/"])
    func shipped(in folder: String) throws {
        let root = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4)
        let place = "/" + root.dropFirst().joined(separator: "/") + "/Recipes/\(folder)"
        let files = try FileManager.default.contentsOfDirectory(atPath: place)
        var read: Set<TrainingRun.Stage> = []
        for file in files.sorted() where file.hasSuffix(".json") {
            // `lora-small` is another one of lora; those of data sets are of no stage.
            let name = String(file.prefix { $0 != "-" && $0 != "." })
            guard let stage = TrainingRun.Stage(rawValue: name) else { continue }
            _ = try stage.read(SettingsReader(try RecipeFile.read(place + file, changes: [])))
            read.insert(stage)
        }
        let wanted = TrainingRun.Stage.allCases.filter { folder.isEmpty || !$0.isFineTuning }
        #expect(read == Set(wanted))
    }
}
