import Foundation
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

/// One mapping from what went wrong to exit codes, whatever the command.
@Suite struct ExitStatusTests {
    /// A model that paints for a long time.
    private let long = [
        "a cat", "--model", Fixture.path("tiny-pinxit"), "--steps", "1000", "--count", "9999",
    ]

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func beingAskedToStopIsTheSameInEveryCommand(signal: Int32, status: Int32) throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        let commands = [
            long,
            [
                "clip", "evaluate", Fixture.path("tiny-clip"), "--dataset", "toys", "--count",
                "5000",
            ],
            ["bench", "ops"],
        ]
        for arguments in commands {
            let outcome = try Program.run(arguments, in: scratch.path) { process in
                Thread.sleep(forTimeInterval: 1)
                kill(process.processIdentifier, signal)
            }
            #expect(outcome.status == status, "\(arguments[0]): \(outcome.errors)")
            #expect(outcome.complaints.last == "stopped", "\(arguments[0]): \(outcome.errors)")
            #expect(scratch.files.allSatisfy { !$0.hasSuffix(".partial") })
        }
    }

    /// What is made ready before the first step, and what is measured after the last picture: far
    /// more than any processor does in the time.
    @Test(
        arguments: [
            (SIGINT, 130, "train"), (SIGTERM, 143, "train"), (SIGINT, 130, "evaluate"),
            (SIGTERM, 143, "evaluate"),
        ] as [(Int32, Int32, String)])
    func longWorkBetweenStepsAndPicturesEndsAtOnce(
        signal: Int32, status: Int32, command: String
    ) throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        let lines = [
            "train": [
                "train", "dalle", "--config", "dalle.json", "--dataset", "toys", "--model", "model",
            ],
            "evaluate": [
                "evaluate", Fixture.path("tiny-pinxit"), "--dataset", "toys", "--config",
                "evaluation.json", "--steps", "1", "--cfg-scale", "1", "--output", "report",
            ],
        ]
        for part in ["tokenizer", "picture_tokenizer"] {
            try makeFolder("\(scratch.path)/model")
            try FileManager.default.copyItem(
                atPath: Fixture.path("tiny-dalle/\(part)"), toPath: "\(scratch.path)/model/\(part)")
        }
        let recipe = { (pictures: Int) in
            """
            {"model": {"hidden_size": 16, "num_layers": 2, "num_heads": 2},
             "task": {"pictures": \(pictures)},
             "optimisation": {"samples": 8, "batch": 4, "learning_rate": 1e-3, "warm_up": 2}}
            """
        }
        try scratch.write(Data(recipe(2_000_000).utf8), to: "dalle.json")
        try scratch.write(
            Data(
                """
                {"count": 1, "objects": 2, "renderings": 1, "training_pictures": 2000000,
                 "composed": 3, "candidates": 4, "varied": {"prompts": 2, "seeds": 2}}
                """.utf8), to: "evaluation.json")
        let before = scratch.files
        let clock = ContinuousClock()
        var asked = clock.now
        let outcome = try Program.run(lines[command]!, in: scratch.path) { process in
            Thread.sleep(forTimeInterval: 3)
            #expect(process.isRunning)
            asked = clock.now
            kill(process.processIdentifier, signal)
        }
        // About a second, and room for a machine that is busy with other tests.
        #expect(clock.now - asked < .seconds(3))
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.complaints.last == "stopped", "\(outcome.errors)")
        #expect(scratch.files == before)
        guard command == "train" else { return }
        try scratch.write(Data(recipe(64).utf8), to: "dalle.json")
        let again = try Program.run(lines[command]!, in: scratch.path)
        #expect(again.status == 0, "\(again.errors)")
        #expect(scratch.files.contains("model/transformer/config.json"))
    }

    @Test(
        "Standard streams that are closed are no pipes of our own",
        arguments: [
            (["-"], "<&-", 65), (["two words"], ">&- 2>&-", 73), (["two words"], "<&- >&-", 73),
        ] as [([String], String, Int32)])
    func closedStreams(words: [String], redirections: String, status: Int32) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["-c", "exec \"$0\" \"$@\" \(redirections)", Program.path] + words
                + ["--model", Fixture.path("tiny-pinxit"), "--steps", "1", "-v"],
            in: scratch.path, executable: "/bin/bash")
        #expect(outcome.status == status, "\(outcome.errors)")
    }

    /// The first is too little for threads, the second for the network's first layer.
    @Test(arguments: [150_000, 500_000]) func outOfMemoryIsALine(limit: Int) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            [
                "-c",
                "ulimit -v \(limit); exec \"$0\" 'a cat' --model \"$1\" --size 4096x4096 -q",
                Program.path, Fixture.path("tiny-pinxit"),
            ], in: scratch.path, executable: "/bin/bash")
        #expect(outcome.status == 71, "\(outcome.errors)")
        #expect(outcome.errors.contains("out of memory"), "\(outcome.errors)")
    }

    /// A safetensors file that is cut while it is mapped would end a program by a signal.
    @Test func aFileThatVanishesIsNamed() async throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-pinxit")
        let weights = "\(model)/unet/diffusion_pytorch_model.safetensors"
        let outcome = try Program.run(
            [
                "a cat", "--model", model, "--steps", "1000", "--count", "999", "--low-memory",
            ], in: scratch.path
        ) { process in
            Thread.sleep(forTimeInterval: 1)
            #expect(truncate(weights, 0) == 0)
        }
        #expect(outcome.status == 74, "\(outcome.errors)")
        #expect(outcome.errors.contains("\(weights): can no longer be read"), "\(outcome.errors)")
    }

    @Test func aPictureThatIsNotFiniteIsAnError() throws {
        let scratch = try Scratch()
        let model = try scratch.copy(of: "tiny-pinxit")
        let file = "\(model)/vae/config.json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = text.replacing(
            /"scaling_factor": [0-9.e-]+/, with: "\"scaling_factor\": 1e-300")
        try #require(changed != text)
        try changed.write(toFile: file, atomically: true, encoding: .utf8)
        let outcome = try Program.run(
            ["a cat", "--model", model, "--steps", "1", "-q"], in: scratch.path)
        #expect(outcome.status == 70 && outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("--check-numerics"), "\(outcome.errors)")
        #expect(scratch.files.allSatisfy { $0.hasPrefix("model/") })
    }
}
