import Dispatch
import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTraining

/// What is done with an input: errors are well, traps and reads out of bounds are found.
enum FuzzTarget {
    typealias Body = @Sendable (UnsafeBufferPointer<UInt8>) -> Void

    /// By name: parsers of files, and configurations whose networks are then run.
    static let all: [String: Body] = parsers.merging(configurations) { $1 }

    nonisolated(unsafe) static var chosen: Body = { _ in }

    private static let parsers: [String: Body] = [
        "json": { bytes in
            guard let value = try? JSONValue(parsing: UnsafeRawBufferPointer(bytes)) else { return }
            // What is written must be read back as the same.
            let text = value.encoded(indented: false)
            guard let again = try? JSONValue(parsing: text), again.encoded(indented: false) == text
            else { fatalError("\(text) is not read back") }
        },
        "picture": { _ = try? Picture(encoded: Data($0), name: "fuzz") },
        "safetensors": { bytes in
            let path = "/dev/shm/pinxit-fuzz-\(getpid())"
            try? Data(bytes).write(to: URL(fileURLWithPath: path))
            onEngine { _ = try? SafetensorsFile(path: path).tensors() }
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
