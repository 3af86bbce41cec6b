import Foundation
import PinxitLayers
import PinxitTensors
import Testing

@testable import PinxitTraining

/// Two layers, and data that overflow in the second one at step 2.
private final class Overflowing: TrainingTask {
    private let store = ParameterStore(seed: 1)
    private let first: Linear
    private let second: Linear

    init() {
        first = Linear(store.root("first"), 4, 4)
        second = Linear(store.root("second"), 4, 4)
    }

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { [:] }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let h = first(.ones([2, 4])) * (step == 2 ? .greatestFiniteMagnitude : 1)
        return (second(h * h).squared.mean(), [:])
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {}
    func export(weights: [String: Tensor]) throws {}
}

@Test("A loss that is not finite is traced to the operation it came from")
func failingLayerIsNamed() async throws {
    let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let failure = try await Engine.run { () -> NumericalFailure? in
        var settings = OptimisationSettings.benchmark
        settings.samples = 5
        let trainer = Trainer(
            Overflowing(), settings, configuration: "{}", folder: folder,
            log: try RunLog(folder: folder, quiet: true))
        do {
            _ = try trainer.run()
        } catch let failure as NumericalFailure {
            return failure
        }
        return nil
    }
    let found = try #require(failure)
    #expect(found.step == 2)
    #expect(found.place.contains("elementwise") && found.place.contains("[2, 4]"), "\(found.place)")
}
