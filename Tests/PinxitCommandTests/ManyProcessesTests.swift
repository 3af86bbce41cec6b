import Foundation
import PinxitCheckpoints
import PinxitTensors
import PinxitTestSupport
import PinxitTraining
import Testing

/// Training by several processes that mpirun starts. All on this machine: across two networks it is
/// tried by `make test-mpi`.
@Suite(
    .enabled(
        if: Ranks.isBuiltIn && MPIRun.path != nil,
        "the program is built without MPI, or there is no mpirun: make test MPI=1"),
    .serialized)
struct ManyProcessesTests {
    /// What a run left, by ranks.
    private func checkpoint(_ run: String, in scratch: Scratch) throws -> [String: [Float]] {
        let file = try SafetensorsFile(path: "\(scratch.path)/\(run)/checkpoint.safetensors")
        return file.entries.mapValues { entry in
            file.withBytes(of: entry) { Array($0.bindMemory(to: Float.self)) }
        }
    }

    private func run(_ training: MPIRun, in scratch: Scratch) throws -> [String: [Float]] {
        let outcome = try training.run(in: scratch)
        try #require(outcome.status == 0, "\(training.run): \(outcome.errors)")
        return try checkpoint(training.run, in: scratch)
    }

    @Test(
        """
        Two and four processes give the weights of one, up to the order of sums, and two the same \
        bits again
        """)
    func equalsOne() throws {
        let scratch = try Scratch()
        try ToyStages.write(to: scratch)
        try ToyStages.makeBase(in: scratch)
        for (name, _) in ToyStages.recipes {
            let one = try run(MPIRun(1, name, "\(name)-1"), in: scratch)
            let two = try run(MPIRun(2, name, "\(name)-2"), in: scratch)
            let four = try run(MPIRun(4, name, "\(name)-4"), in: scratch)
            expectNear(two, one, "\(name), 2")
            expectNear(four, one, "\(name), 4")
            let again = try run(MPIRun(2, name, "\(name)-again"), in: scratch)
            #expect(again == two, "\(name)")
        }
    }

    @Test(
        "What two processes began, one, two and four end with the same weights",
        arguments: ["diffusion", "gan", "finetune", "lora-prior"])
    func goesOnWithOthers(_ name: String) throws {
        let scratch = try Scratch()
        try ToyStages.write(to: scratch)
        if name == "diffusion" { try ToyStages.makeBase(in: scratch) }
        let half = MPIRun(2, name, "half", ["--set", "optimisation.samples=12"])
        let start = try run(half, in: scratch)
        var ends: [Int: [String: [Float]]] = [:]
        for ranks in [1, 2, 4] {
            try FileManager.default.copyItem(
                atPath: "\(scratch.path)/half", toPath: "\(scratch.path)/on-\(ranks)")
            ends[ranks] = try run(
                MPIRun(ranks, name, "on-\(ranks)", ["--accept-changes"]), in: scratch)
        }
        let two = try #require(ends[2])
        #expect(two != start)
        for ranks in [1, 4] { expectNear(try #require(ends[ranks]), two, "\(name), \(ranks)") }
    }

    /// Expects what another number of processes gives.
    private func expectNear(
        _ many: [String: [Float]], _ one: [String: [Float]], _ what: String
    ) {
        let largest = one.filter { $0.key.hasPrefix("first/") }.values.joined()
            .reduce(0) { max($0, abs($1)) }
        #expect(largest > 0, "\(what)")
        #expect(Set(many.keys) == Set(one.keys), "\(what)")
        // The first moment is a sum of gradients, and a gradient one of at most 4 samples times
        // 32 x 32 places, each below the largest: two orders of n terms differ by n 2^-24.
        let bound = 4 * 32 * 32 * 0x1p-24 * largest
        for (key, values) in one {
            let difference = zip(values, many[key] ?? []).reduce(Float(0)) {
                max($0, abs($1.0 - $1.1))
            }
            if key.hasPrefix("first/") {
                #expect(difference <= bound, "\(what): \(key)")
            } else if key.hasPrefix("weights/"), !key.contains("codebook") {
                // Six steps of at most 1e-3 times the moments' difference.
                let size = values.reduce(Float(0)) { max($0, abs($1)) }
                #expect(difference <= 6e-3 * bound + 6 * 0x1p-24 * size, "\(what): \(key)")
            }
        }
    }

    @Test("A killed process ends all; two go on to the same bits, and one to the same weights")
    func killed() throws {
        let scratch = try Scratch()
        try ToyStages.write(to: scratch)
        func longer(_ ranks: Int, _ run: String) -> MPIRun {
            MPIRun(ranks, "autoencoder", run, ["--set", "optimisation.samples=400"])
        }
        let whole = try run(longer(2, "whole"), in: scratch)
        for victim in [1, 0] {
            let outcome = try longer(2, "killed").run(in: scratch) { mpirun in
                let file = "\(scratch.path)/killed/checkpoint.safetensors"
                while mpirun.isRunning && !FileManager.default.fileExists(atPath: file) {
                    usleep(2000)
                }
                let process = try MPIRun.process(victim, of: mpirun)
                kill(try #require(process), SIGKILL)
            }
            #expect(outcome.status == 128 + SIGKILL)
            #expect(outcome.complaints.filter { $0.contains("stopping:") }.count == 1)
            try FileManager.default.copyItem(
                atPath: "\(scratch.path)/killed", toPath: "\(scratch.path)/alone-\(victim)")
            #expect(try run(longer(2, "killed"), in: scratch) == whole)
            try FileManager.default.removeItem(atPath: "\(scratch.path)/killed")
        }
        let alone = try run(longer(1, "alone-1"), in: scratch)
        for (key, values) in whole where key.hasPrefix("weights/") {
            let other = try #require(alone[key])
            let difference = zip(values, other).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
            // A hundred steps of at most 1e-3, of a rounding each.
            #expect(difference <= 100 * 1e-3 * 4 * 32 * 32 * 0x1p-24, "\(key)")
        }
    }

    @Test("What is wrong is said once, by the process that knows it")
    func errors() throws {
        let scratch = try Scratch()
        try ToyStages.write(to: scratch)
        for (arguments, status, words) in [
            (["--set", "optimisation.batch=5"], Int32(65), "a multiple of 2"),
            (["--set", "task.crop=9999"], 65, "task.crop"),
            (["--dataset", "nothing"], 66, "nothing"),
            (["--max-broken", "-1"], 64, "--max-broken"),
            (["--threads", "0"], 64, "threads"),
            (
                [
                    "--set", "optimisation.learning_rate=1e30", "--set", "optimisation.warm_up=0",
                    "--set", "optimisation.epsilon=1e-8",
                ], 70, "is not finite"
            ),
        ] {
            let outcome = try MPIRun(2, "autoencoder", "wrong", arguments).run(in: scratch)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            let errors = outcome.complaints.filter { $0.hasPrefix("error: ") }
            #expect(errors.count == 1 && errors[0].contains(words), "\(outcome.errors)")
        }
        try expectOneFails(in: scratch)
        try expectAnotherModelFails(in: scratch)
        let tokenizer = try MPIRun(2, "tokenizer", "wrong").run(in: scratch)
        #expect(tokenizer.status == 64)
        #expect(tokenizer.complaints.count == 1 && tokenizer.errors.contains("one process"))
    }

    /// The second process finds another recipe, or loses its pictures, where it runs.
    private func expectOneFails(in scratch: Scratch) throws {
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/elsewhere", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/elsewhere/pictures",
            withDestinationPath: "\(scratch.path)/pictures")
        try scratch.write(try scratch.read("autoencoder-kl.json"), to: "elsewhere/autoencoder.json")
        try scratch.write(
            Data("#!/bin/sh\n[ $OMPI_COMM_WORLD_RANK = 0 ] || cd elsewhere\nexec \"$@\"\n".utf8),
            to: "start")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(scratch.path)/start")
        var other = MPIRun(2, "autoencoder", "other")
        other.start = ["./start"]
        let outcome = try other.run(in: scratch)
        #expect(outcome.status == 65)
        let errors = outcome.complaints.filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1)
        #expect(errors.first?.contains("process 1 of 2: autoencoder.json") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/other"))
    }

    /// The second process has no model of that name where it runs, and then another one.
    private func expectAnotherModelFails(in scratch: Scratch) throws {
        try scratch.write(try scratch.read("lora.json"), to: "elsewhere/lora.json")
        func copyModel(to path: String) throws {
            try FileManager.default.copyItem(
                atPath: Fixture.path("tiny-sd1"), toPath: "\(scratch.path)/\(path)")
        }
        try copyModel(to: "mine")
        var training = MPIRun(2, "lora", "other", ["--model", "./mine"])
        training.start = ["./start"]
        func expect(_ status: Int32, _ words: String) throws {
            let outcome = try training.run(in: scratch)
            #expect(outcome.status == status)
            let errors = outcome.complaints.filter { $0.hasPrefix("error: ") }
            #expect(errors.count == 1, "\(outcome.errors)")
            #expect(errors.first?.contains("process 1 of 2: \(words)") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/other"))
        }
        try expect(66, "--model ./mine: is no model")
        try copyModel(to: "elsewhere/mine")
        let weights = "elsewhere/mine/vae/diffusion_pytorch_model.safetensors"
        var bytes = try scratch.read(weights)
        bytes[bytes.endIndex - 1] ^= 1
        try scratch.write(bytes, to: weights)
        try expect(65, "./mine: is not what the first process has")
    }

    @Test("Asked to stop, all finish their step, and the first saves")
    func stopped() throws {
        let scratch = try Scratch()
        try ToyStages.write(to: scratch)
        let training = MPIRun(
            2, "autoencoder", "stopped",
            ["--set", "optimisation.samples=40000", "--set", "optimisation.save_every=9999"])
        let outcome = try training.run(in: scratch) { mpirun in
            let table = "\(scratch.path)/stopped/train.csv"
            while mpirun.isRunning && !FileManager.default.fileExists(atPath: table) {
                usleep(2000)
            }
            let process = try MPIRun.process(1, of: mpirun)
            kill(try #require(process), SIGTERM)
        }
        #expect(outcome.status == 130)
        #expect(outcome.complaints.last == "stopped")
        let file = try SafetensorsFile(path: "\(scratch.path)/stopped/checkpoint.safetensors")
        let step = try #require(file.metadata["step"].flatMap { Int($0) })
        #expect(step >= 20 && step < 9999)
    }
}

/// Training as `mpirun` starts it, or one process without it.
struct MPIRun {
    let ranks: Int
    let recipe: String
    /// The run's folder.
    let run: String
    let more: [String]
    /// What each process is started by, beside the program.
    var start: [String] = []

    init(_ ranks: Int, _ recipe: String, _ run: String, _ more: [String] = []) {
        (self.ranks, self.recipe, self.run, self.more) = (ranks, recipe, run, more)
    }

    static let path = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    func run(in scratch: Scratch, whileRunning: (Process) throws -> Void = { _ in }) throws
        -> Program.Outcome
    {
        let stage = String(recipe.prefix { $0 != "-" })
        let isFineTuning = ["finetune", "lora", "inversion"].contains(stage)
        let model = isFineTuning ? Fixture.path("tiny-sd1") : "\(run)-model"
        let (base, own) = ("\(scratch.path)/base", "\(scratch.path)/\(model)")
        // What is distilled takes all from its teacher.
        let hasBase = !isFineTuning && stage != "distillation"
        if hasBase, FileManager.default.fileExists(atPath: base) {
            try FileManager.default.copyItem(atPath: base, toPath: own)
        }
        let arguments =
            [
                "train", stage, "--config", "\(recipe).json", "--model", model, "--run", run,
                "--quiet", "--threads", "1",
            ]
            + (isFineTuning
                ? ["-o", stage == "finetune" ? "\(run)-model" : "\(run).safetensors"] : [])
            + (more.contains("--dataset") ? [] : ["--dataset", ToyStages.dataset(recipe)]) + more
        guard ranks > 1, let mpirun = Self.path else {
            return try Program.run(arguments, in: scratch.path, whileRunning: whileRunning)
        }
        return try Program.run(
            [
                "-q", "-np", "\(ranks)", "--oversubscribe", "--allow-run-as-root", "--bind-to",
                "none",
            ] + start + [Program.path] + arguments, in: scratch.path, executable: mpirun,
            whileRunning: whileRunning)
    }

    /// The process of that rank among mpirun's children.
    static func process(_ rank: Int, of mpirun: Process) throws -> pid_t? {
        let id = mpirun.processIdentifier
        let children = try String(
            contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        return try children.split(separator: " ").compactMap { pid_t($0) }.first { child in
            try String(contentsOfFile: "/proc/\(child)/environ", encoding: .utf8)
                .split(separator: "\0").contains("OMPI_COMM_WORLD_RANK=\(rank)")
        }
    }
}

/// A program without MPI does not train the same model once a process.
@Test(.enabled(if: !Ranks.isBuiltIn, "the program is built with MPI"))
func withoutMPI() throws {
    let scratch = try Scratch()
    for variable in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] {
        let outcome = try Program.run(
            ["train", "clip", "--dataset", "toys", "--model", "model"], in: scratch.path,
            environment: [variable: "2"])
        #expect(outcome.status == 64)
        #expect(outcome.complaints.count == 1 && outcome.errors.contains("make build MPI=1"))
        #expect(scratch.files.isEmpty)
    }
}

/// What mpirun leaves in the environment of a shell means nothing to commands that join nobody.
@Test func leftByMPI() throws {
    let scratch = try Scratch()
    let outcome = try Program.run(
        ["x", "--model", "typo"], in: scratch.path,
        environment: ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"])
    #expect(outcome.status == 66)
    #expect(outcome.complaints.count == 1)
    #expect(outcome.errors.hasPrefix("error: --model typo: is no model"), "\(outcome.errors)")
}
