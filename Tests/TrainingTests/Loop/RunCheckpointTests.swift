import Foundation
import PinxitLayers
import PinxitTensors
import Testing
@testable import PinxitTraining

/// A layer that learns to give nothing.
private final class Vanishing: TrainingTask {
    private let store = ParameterStore(seed: 1)
    private let layer: Linear

    init() { layer = Linear(store.root("layer"), 4, 4) }

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

    private func run(_ configuration: String, steps: Int, acceptingChanges: Bool = false) throws
        -> Trainer.Outcome
    {
        var settings = OptimisationSettings.benchmark
        settings.samples = steps
        return try Trainer(
            Vanishing(), settings, configuration: configuration, folder: folder,
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
}
