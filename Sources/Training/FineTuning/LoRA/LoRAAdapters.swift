import PinxitLayers
import PinxitTensors

/// Changes of low rank that learn, made as a model that stays is loaded. On the engine's thread.
final class LoRAAdapters: LowRankSource, @unchecked Sendable {
    /// Parameters `COMPONENT.LAYER.lora_A.weight`, `[rank, in]` or `[rank, in, kernel, kernel]`,
    /// `….lora_B.weight`, `[out, rank]`, and of DoRA `….lora_magnitude_vector`, `[out]`, as PEFT
    /// names them. The second start at zero, the third at the lengths there are: at first nothing
    /// changes.
    let store: ParameterStore
    private let settings: LoRASettings

    /// - Parameter store: New parameters, or finished ones.
    init(_ store: ParameterStore, _ settings: LoRASettings) {
        (self.store, self.settings) = (store, settings)
    }

    func change(of module: String, _ weight: Tensor) -> LowRank? {
        guard settings.learns(module) else { return nil }
        let w = store.root(module)
        let (output, input) = (weight.shape[0], Array(weight.shape.dimensions.dropFirst()))
        let (rank, alpha) = settings.size(kernel: input.last.map { input.count > 1 ? $0 : 1 } ?? 1)
        return LowRank(
            down: w("lora_A").parameter(
                "weight", Shape([rank] + input), .fanIn(input.reduce(1, *)), decays: true),
            up: w("lora_B").parameter("weight", [output, rank], .zeros, decays: true),
            scale: alpha / Float(rank),
            magnitude: settings.learnsLengths
                ? w.parameter(
                    "lora_magnitude_vector", [output],
                    .given(weight.cast(to: .f32).reshaped([output, -1]).rowLengths)) : nil)
    }
}
