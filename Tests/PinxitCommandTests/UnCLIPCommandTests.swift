import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// An unCLIP from nothing to pictures, each step as its own process, in toy sizes.
@Suite struct UnCLIPCommandTests {
    private static let configurations = [
        "tokenizer": #"{"vocabulary_size": 540, "max_length": 24, "captions": 200}"#,
        "clip": "{\(ToyStages.clip), \(SmallStages.optimisation)}",
        "whole-clip":
            "{\(ToyStages.clip), \"task\": {\"export\": \"clip\"}, \(SmallStages.optimisation)}",
        "autoencoder": """
        {"model": {"_class_name": "AutoencoderTiny", "latent_channels": 4, "width": 8,
                   "num_encoder_blocks": [0, 0, 0, 1], "num_decoder_blocks": [1, 0, 0, 0]},
         "task": {"crop": 32}, \(SmallStages.optimisation)}
        """,
        "diffusion":
            "{\(ToyStages.unet), \"task\": {\"pictures\": 64}, \(SmallStages.optimisation)}",
        "prior": """
        {"model": {"heads": 2, "head_size": 8, "layers": 1}, "task": {"pictures": 64},
         \(SmallStages.optimisation)}
        """,
        "unclip": "{\(ToyStages.unet), \"task\": {\"pictures\": 64}, \(SmallStages.optimisation)}",
        "unclip-onto":
            "{\(ToyStages.unet), \"task\": {\"pictures\": 64, \"base\": \"plain\"}, \(SmallStages.optimisation)}",
    ]

    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        for (stage, text) in Self.configurations {
            try scratch.write(Data(text.utf8), to: "\(stage).json")
        }
        return scratch
    }

    private func train(
        _ stage: String, _ model: String, config: String? = nil, _ more: [String] = [],
        in scratch: Scratch
    ) throws -> Program.Outcome {
        let name = config ?? stage
        return try Program.run(
            [
                "train", stage, "--config", "\(name).json", "--dataset", "toys", "--model", model,
                "--run", "runs/\(name)", "--quiet",
            ] + more, in: scratch.path)
    }

    private func require(_ outcome: Program.Outcome, _ name: String) throws {
        try #require(outcome.status == 0, "\(name): \(outcome.errors)")
    }

    @Test(
        "Prior and decoder train on our CLIP and our latent diffusion; the folder paints, varies and blends"
    )
    func anUnCLIPFromNothing() throws {
        let scratch = try scratch()
        for stage in ["tokenizer", "clip", "autoencoder", "diffusion"] {
            try require(try train(stage, "plain", in: scratch), stage)
        }
        try makeFolder("\(scratch.path)/model")
        try require(try train("tokenizer", "model/clip", in: scratch), "tokenizer")
        try require(
            try train("clip", "model/clip", config: "whole-clip", in: scratch), "whole-clip")
        try require(try train("prior", "model", in: scratch), "prior")
        #expect(!scratch.files.contains("model/model_index.json"))

        let decoder = ["--start-from", "plain", "--set", "task.blend_amount=0.3"]
        try require(try train("unclip", "model", decoder, in: scratch), "unclip")
        let usual = try JSONFile.read("\(scratch.path)/model/pinxit.json")
        #expect(try usual["variation_amount"].double() == 0.2)
        #expect(try usual["blend_amount"].double() == 0.3)
        let trained = try SafetensorsFile(
            path: "\(scratch.path)/runs/unclip/checkpoint.safetensors"
        ).entries.keys
        #expect(trained.contains("first/class_embedding.linear_2.weight"))
        #expect(
            try JSONFile.read("\(scratch.path)/model/model_index.json")["_class_name"].string()
                == "StableUnCLIPPipeline")

        try require(try train("unclip", "model", config: "unclip-onto", in: scratch), "onto")
        try expectOnlyConditioningLearns(in: scratch)
        let text = """
            {\(ToyStages.unet), "task": {"pictures": 64, "base": "plain", "learns": ["attn9"]}, \(SmallStages.optimisation)}
            """
        try scratch.write(Data(text.utf8), to: "nothing.json")
        let nothing = try train("unclip", "model", config: "nothing", in: scratch)
        #expect(nothing.status != 0 && nothing.errors.contains("task.learns"), "\(nothing.errors)")

        let common = ["--model", "model", "--steps", "2", "--seed", "1", "--quiet"]
        let painted = try Program.run(
            ["a red apple", "--output", "apple.png"] + common, in: scratch.path)
        try require(painted, "paint")
        #expect(try Picture(file: scratch.path + "/apple.png").width == 32)
        let varied = try Program.run(
            ["vary", "apple.png", "-c", "2", "--amount", "0.5", "--output", "vary-{seed}.png"]
                + common,
            in: scratch.path)
        try require(varied, "vary")
        #expect(varied.lines == ["vary-1.png", "vary-2.png"])
        let blended = try Program.run(
            [
                "blend", "apple.png", "vary-1.png", "-c", "3", "--output", "blend-{index}.png",
            ] + common, in: scratch.path)
        try require(blended, "blend")
        #expect(blended.lines == ["blend-1.png", "blend-2.png", "blend-3.png"])
    }

    /// A decoder learnt onto a model has that model's other weights, to the bit.
    private func expectOnlyConditioningLearns(in scratch: Scratch) throws {
        func weights(_ folder: String) throws -> [String: [UInt8]] {
            let file = try SafetensorsFile(
                path: "\(scratch.path)/\(folder)/unet/diffusion_pytorch_model.safetensors")
            return try file.tensors().mapValues {
                [UInt8](UnsafeRawBufferPointer(start: $0.pointer, count: $0.byteCount))
            }
        }
        let (base, learnt) = (try weights("plain"), try weights("model"))
        #expect(learnt["class_embedding.linear_1.weight"] != nil)
        for (name, bits) in base {
            let learns = ["time_emb", ".attn1.", ".attn2."].contains { name.contains($0) }
            if learns, name.hasSuffix("to_out.0.weight") {
                #expect(learnt[name] != bits, "\(name) did not change")
            } else if !learns {
                #expect(learnt[name] == bits, "\(name) changed")
            }
        }
    }

    @Test("What vary and blend cannot use is said in one line")
    func errors() throws {
        let scratch = try Scratch()
        try Picture(width: 8, height: 8, color: [1, 2, 3]).write(to: "\(scratch.path)/a.png")
        func outcome(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(arguments, in: scratch.path)
        }
        let unclip = Fixture.path("tiny-unclip")
        let cases: [(arguments: [String], status: Int32, hint: String)] = [
            (["vary", "none.png", "--model", unclip], 66, "none.png"),
            (
                ["vary", "a.png", "--model", Fixture.path("tiny-sd1")], 64,
                "only an unCLIP model"
            ),
            (["vary", "a.png", "--model", unclip, "--noise-level", "1000"], 64, "noise level"),
            (["vary", "a.png", "--model", unclip, "--amount", "1.5"], 64, "amount: 1.5"),
            (["vary", "a.png", "--model", unclip, "-c", "0"], 64, "count"),
            (["blend", "a.png", "a.png", "--model", unclip, "--weights", "0,x"], 64, "--weights"),
            (
                ["blend", "a.png", "a.png", "--model", unclip, "--weights", "0,1", "-c", "2"], 64,
                "--count"
            ),
            (["blend", "a.png", "a.png", "--model", unclip, "-c", "0"], 64, "--count"),
        ]
        for (arguments, status, hint) in cases {
            let found = try outcome(arguments)
            #expect(found.status == status, "\(arguments): \(found.errors)")
            #expect(found.complaints.count == 1, "\(arguments)")
            #expect(found.errors.contains(hint), "\(found.errors)")
        }
    }

    @Test("A run without a CLIP says where one is looked for")
    func missingCLIP() throws {
        let scratch = try scratch()
        try makeFolder("\(scratch.path)/empty")
        for stage in ["prior", "unclip"] {
            let outcome = try train(stage, "empty", in: scratch)
            #expect(outcome.status == 65 || outcome.status == 66)
            #expect(outcome.complaints.count == 1 && outcome.errors.contains("empty/clip"))
        }
    }
}
