import PinxitLayers
import PinxitTensors

/// All weights of the components that learn, taken over as a model is loaded. On the engine's
/// thread.
final class FullParameters: ParameterSource, @unchecked Sendable {
    private let settings: FullSettings
    /// Weights that are ready, in place of the model's; nil where the model's learn.
    private let finished: [String: Tensor]?
    private var stores: [(component: String, store: ParameterStore)] = []

    /// - Parameter finished: As ``parameters`` names them.
    init(_ settings: FullSettings, finished: [String: Tensor]? = nil) {
        (self.settings, self.finished) = (settings, finished)
    }

    /// Tracked, in f32, under `COMPONENT.PARAMETER`; whole once a model has been loaded.
    var parameters: [ParameterStore.Parameter] {
        stores.flatMap { component, store in store.parameters.map { $0.below(component) } }
    }

    func store(of component: String, _ weights: [String: Tensor]) -> ParameterStore? {
        guard settings.learns(component) else { return nil }
        if let finished {
            return ParameterStore(checkpoint: Self.weights(of: component, among: finished))
        }
        let store = ParameterStore(checkpoint: weights, tracked: true)
        stores.append((component, store))
        return store
    }

    /// The components that have learnt, each with its weights under their own names.
    static func components(_ weights: [String: Tensor]) -> [String: [String: Tensor]] {
        let names = Set(weights.keys.map { String($0.prefix { $0 != "." }) })
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, Self.weights(of: $0, among: weights)) })
    }

    private static func weights(
        of component: String, among weights: [String: Tensor]
    ) -> [String: Tensor] {
        let start = "\(component)."
        let own = weights.filter { $0.key.hasPrefix(start) }
        return Dictionary(
            uniqueKeysWithValues: own.map { (String($0.key.dropFirst(start.count)), $0.value) })
    }
}
