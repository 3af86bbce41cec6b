import Dispatch
import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers
import PinxitTraining

/// What is done with an input: errors are well, traps and reads out of bounds are found.
enum FuzzTarget {
    typealias Body = @Sendable (UnsafeBufferPointer<UInt8>) -> Void

    /// By name: parsers of files, and configurations whose networks are then run.
    static let all: [String: Body] =
        parsers.merging(pictures) { $1 }.merging(configurations) { $1 }.merging(doors) { $1 }

    #if !PINXIT_SERVER
        /// What the server reads; it is built for `server-…` alone.
        private static let doors: [String: Body] = [:]
    #endif

    nonisolated(unsafe) static var chosen: Body = { _ in }

    private static let parsers: [String: Body] = [
        "json": { bytes in
            guard let value = try? JSONValue(parsing: UnsafeRawBufferPointer(bytes)) else { return }
            // What is written must be read back as the same.
            let text = value.encoded(indented: false)
            guard let again = try? JSONValue(parsing: text), again.encoded(indented: false) == text
            else { fatalError("\(text) is not read back") }
        },
        "safetensors": checkpoint,
        "torch": checkpoint,
        "legacy-torch": checkpoint,
        "gguf": checkpoint,
        "fp8": checkpoint,
        "pickle": { bytes in
            // A pickle alone, in a zip archive that is always right.
            checkpoint(archive(pickle: Array(bytes)))
        },
        "adapter": { bytes in
            let path = "/dev/shm/pinxit-fuzz-\(getpid())"
            try? Data(bytes).write(to: URL(fileURLWithPath: path))
            onEngine {
                _ = try? WordEmbedding(file: path)
                guard let adapter = try? WeightAdapter(file: path) else { return }
                try? adapter.changeWeights()
            }
        },
        "prompt": { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            for emphasis in Emphasis.allCases {
                for part in Prompt(text, emphasis).parts {
                    for stage in part.text.stages(of: 7) { _ = emphasis.sections(of: stage.text) }
                }
            }
            guard !text.unicodeScalars.contains(where: { "()[]|\\".unicodeScalars.contains($0) }),
                !text.contains("BREAK"), !text.contains("AND")
            else { return }
            // Text without syntax is as it stands.
            let plain = [[WeightedText(text)]]
            guard Emphasis.a1111.sections(of: text) == plain else { fatalError("\(text) is read") }
        },
        "single-file": singleFile,
        "scheduler": { bytes in
            guard let json = field(bytes) else { return }
            _ = try? SchedulerConfiguration(json)
        },
        "recipe": { bytes in
            guard let first = bytes.first, let json = field(.init(rebasing: bytes.dropFirst()))
            else { return }
            let stages = TrainingRun.Stage.allCases
            try? stages[Int(first) % stages.count].check(json)
        },
    ]

    /// Reads the input as a checkpoint of whichever format it is. The targets that do this differ
    /// in their seeds.
    private static let checkpoint: Body = { checkpoint(Array($0)) }

    private static func checkpoint(_ bytes: [UInt8]) {
        let path = "/dev/shm/pinxit-fuzz-\(getpid())"
        try? Data(bytes).write(to: URL(fileURLWithPath: path))
        onEngine {
            // Packed numbers are decoded when they are read.
            for tensor in ((try? Checkpoint.load(path)) ?? [:]).values
            where tensor.type.isFloatingPoint { _ = tensor.firstNonFinite }
        }
    }

    /// A torch file with this pickle and a storage of 256 bytes.
    private static func archive(pickle: [UInt8]) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var (file, directory) = ([UInt8](), [UInt8]())
        for (name, bytes) in [
            ("a/data.pkl", pickle), ("a/data/0", [UInt8](repeating: 1, count: 256)),
        ] {
            let sizes = little(bytes.count, 4) + little(bytes.count, 4)
            let common = little(20, 2) + little(0, 12) + sizes + little(name.utf8.count, 2)
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + common + little(0, 12)
            directory += little(file.count, 4) + Array(name.utf8)
            file += [0x50, 0x4B, 3, 4] + common + little(0, 2) + Array(name.utf8) + bytes
        }
        let counts = little(2, 2) + little(2, 2)
        return file + directory + [0x50, 0x4B, 5, 6] + little(0, 4) + counts
            + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    }

    /// The input as a JSON file.
    static func field(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONField? {
        (try? JSONValue(parsing: UnsafeRawBufferPointer(bytes))).map {
            JSONField(file: "fuzz.json", path: "", value: $0)
        }
    }

    /// Does the work on the engine's thread and waits for it.
    static func onEngine(_ body: @escaping @Sendable @Engine () -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task { @Engine in
            body()
            done.signal()
        }
        done.wait()
    }
}
