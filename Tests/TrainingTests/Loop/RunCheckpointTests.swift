import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors
import Testing

@testable import PinxitTraining

/// A layer that learns to give nothing.
private final class Vanishing: TrainingTask {
    private let store = ParameterStore(seed: 1)
    private let layer: Linear

    init(_ name: String = "layer") { layer = Linear(store.root(name), 4, 4) }

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { [:] }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        (layer(.ones([2, 4])).squared.mean(), [:])
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {}
    func export(weights: [String: Tensor]) throws {}
}

@Suite struct RunCheckpointTests {
    private let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"

    private func run(
        _ configuration: String, steps: Int, acceptingChanges: Bool = false,
        _ task: Vanishing = Vanishing()
    ) throws -> TrainingRun.Outcome {
        var settings = OptimisationSettings.benchmark
        settings.samples = steps
        return try Trainer(
            task, settings, configuration: configuration, folder: folder,
            log: try RunLog(folder: folder, quiet: true)
        ).run(acceptingChanges: acceptingChanges)
    }

    @Test("Another configuration is refused in the library's own words, unless it is accepted")
    func changedConfiguration() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            #expect(try run("one", steps: 2) == .finished)
            #expect(try run("one", steps: 3) == .finished)
            let error = try #require(throws: ChangedConfiguration.self) {
                _ = try run("two", steps: 4)
            }
            #expect(error == ChangedConfiguration(checkpoint: "\(folder)/checkpoint.safetensors"))
            #expect("\(error)".hasPrefix("\(folder)/checkpoint.safetensors: configuration: "))
            #expect("\(error)".contains("acceptingChanges") && !"\(error)".contains("--"))
            #expect(try run("two", steps: 4, acceptingChanges: true) == .finished)
            #expect(try run("two", steps: 5) == .finished)
        }
    }

    @Test("A checkpoint without any of the weights is refused, whatever is accepted")
    func otherWeights() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            #expect(try run("one", steps: 2) == .finished)
            let error = try #require(throws: FileError.self) {
                _ = try run("one", steps: 3, acceptingChanges: true, Vanishing("other"))
            }
            #expect(error.problem.contains("of another stage or model"))
        }
    }

    @Test("The settings that differ are listed, and those that cannot matter are accepted")
    func changedSettings() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            #expect(try run(#"{"batch": 1, "note": "a"}"#, steps: 2) == .finished)
            let error = try #require(throws: ChangedConfiguration.self) {
                _ = try run(#"{"batch": 2}"#, steps: 2)
            }
            #expect(error.differences == ["batch was 1, is 2"])
            #expect("\(error)".contains("(batch was 1, is 2)"))
            #expect(try run(#"{"batch": 1, "note": "b"}"#, steps: 3) == .finished)
        }
    }

    @Test("Every bit that is flipped in a checkpoint is noticed")
    func flippedBits() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            #expect(try run("{}", steps: 2) == .finished)
            let path = "\(folder)/checkpoint.safetensors"
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            for bit in 0..<good.count * 8 {
                var bad = good
                bad[bit / 8] ^= 1 << UInt8(bit % 8)
                try bad.write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: FileError.self, "bit \(bit)") {
                    try restore()
                }
                #expect(error?.path == path)
            }
            try good.write(to: URL(fileURLWithPath: path))
            #expect(try restore()?.step == 2)
        }
    }

    @discardableResult
    private func restore() throws -> RunCheckpoint? {
        let (task, settings) = (Vanishing(), OptimisationSettings.benchmark)
        return try RunCheckpoint.restore(
            AdamW(task.parameters, settings), Average(task.parameters, decay: 0.9), task,
            from: folder, configuration: "{}", acceptingOther: false)
    }

    @Test("A checkpoint of an earlier version, without a hash, is read")
    func checkpointWithoutHash() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Engine.run {
            #expect(try run("{}", steps: 2) == .finished)
            let path = "\(folder)/checkpoint.safetensors"
            let file = try SafetensorsFile(path: path)
            let metadata = file.metadata.filter {
                ["step", "seconds", "configuration"].contains($0.key)
            }
            #expect(metadata.count == 3)
            try Checkpoint.save(try file.tensors(), to: path, metadata: metadata)
            #expect(try restore()?.step == 2)
            try Checkpoint.save(
                try file.tensors(), to: path, metadata: metadata.merging(["step": "-1"]) { $1 })
            let error = #expect(throws: FileError.self) { try restore() }
            #expect(error?.problem.contains("out of range") == true)
        }
    }

    @Test("The smoothed loss goes on where it was")
    func smoothedLoss() {
        var whole = Progress(start: 0, steps: 4, batch: 1)
        for loss in [Float(4), 2, 1] { whole.note(loss) }
        var first = Progress(start: 0, steps: 4, batch: 1)
        for loss in [Float(4), 2] { first.note(loss) }
        var second = Progress(start: 2, steps: 4, batch: 1, smoothed: first.smoothed)
        second.note(1)
        #expect(second.smoothed == whole.smoothed)
    }
}
