import Foundation
import PinxitCheckpoints
import PinxitDatasets
import PinxitTestSupport
import Testing

/// A small training run as a separate process, so that it can be killed.
private struct TrainingProcess {
    let folder: String
    let stage: String

    init(_ stage: String) throws {
        self.stage = stage
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("pinxit-resume-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Toys.library.write(to: "\(folder)/data")
        let networks = [
            "autoencoder": """
            "model": {
              "_class_name": "AutoencoderTiny", "latent_channels": 2, "width": 8,
              "num_encoder_blocks": [0, 0, 0, 1], "num_decoder_blocks": [1, 0, 0, 0]
            },
            "task": { "crop": 32 }
            """,
            // A codebook that follows by averages, and starts codes anew at random.
            "tokens": """
            "model": {
              "sample_size": 32, "block_out_channels": [8, 8], "encoder_blocks": [0, 1],
              "decoder_blocks": [1, 0], "quantizer": "vq", "codebook_size": 32, "code_width": 4
            }
            """,
            "dalle": """
            "model": { "hidden_size": 32, "num_layers": 2, "num_heads": 2 },
            "task": { "pictures": 64 }
            """,
        ]
        let configuration = """
            {
              \(networks[stage]!),
              "optimisation": {
                "samples": 240, "batch": 4, "learning_rate": 1e-3, "warm_up": 5,
                "report_every": 1000, "save_every": 7
              }
            }
            """
        try configuration.write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
    }

    func start(_ name: String) throws -> Process {
        // What the transformer takes from earlier stages.
        for component in ["tokenizer", "picture_tokenizer"] where stage == "dalle" {
            let copy = "\(folder)/\(name)/\(component)"
            guard !FileManager.default.fileExists(atPath: copy) else { continue }
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: Fixture.path("tiny-dalle/\(component)"), toPath: copy)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("pinxit")
        process.arguments = [
            "train", stage, "--config", "\(folder)/config.json", "--dataset",
            "\(folder)/data",
            "--model", "\(folder)/\(name)", "--run", "\(folder)/\(name)-run", "--quiet",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    func checkpoint(_ name: String) -> String { "\(folder)/\(name)-run/checkpoint.safetensors" }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

@Test(
    "A run killed by SIGKILL and resumed ends with the same bits as one that never stopped",
    arguments: ["autoencoder", "tokens", "dalle"])
func killedRunResumesExactly(_ stage: String) throws {
    let training = try TrainingProcess(stage)
    defer { training.remove() }
    let whole = try training.start("whole")
    whole.waitUntilExit()
    #expect(whole.terminationStatus == 0)

    let killed = try training.start("killed")
    while killed.isRunning && !FileManager.default.fileExists(atPath: training.checkpoint("killed"))
    {
        usleep(2000)
    }
    kill(killed.processIdentifier, SIGKILL)
    killed.waitUntilExit()
    let step = try SafetensorsFile(path: training.checkpoint("killed")).metadata["step"].flatMap {
        Int($0)
    }
    #expect(try #require(step) < 60, "the run ended before it could be killed")

    let resumed = try training.start("killed")
    resumed.waitUntilExit()
    #expect(resumed.terminationStatus == 0)

    let expected = try SafetensorsFile(path: training.checkpoint("whole"))
    let found = try SafetensorsFile(path: training.checkpoint("killed"))
    #expect(found.metadata["step"] == "60")
    #expect(Set(expected.entries.keys) == Set(found.entries.keys))
    for (name, entry) in expected.entries {
        let other = try #require(found.entries[name])
        let same = expected.withBytes(of: entry) { a in
            found.withBytes(of: other) { b in a.elementsEqual(b) }
        }
        #expect(same, "\(name) differs")
    }
}
