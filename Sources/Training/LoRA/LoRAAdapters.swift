import PinxitLayers
import PinxitTensors

/// Changes of low rank that learn, made as a model that stays is loaded. On the engine's thread.
final class LoRAAdapters: LowRankSource, @unchecked Sendable {
    /// Parameters `COMPONENT.LAYER.lora_A.weight`, `[rank, in]`, and `….lora_B.weight`,
    /// `[out, rank]`, as PEFT has them. The second start at zero: at first nothing changes.
    let store: ParameterStore
    private let settings: LoRASettings

    /// - Parameter store: New parameters, or finished ones.
    init(_ store: ParameterStore, _ settings: LoRASettings) {
        (self.store, self.settings) = (store, settings)
    }

    func change(of module: String, input: Int, output: Int) -> LowRank? {
        guard settings.learns(module) else { return nil }
        let w = store.root(module)
        let rank = settings.rank
        return LowRank(
            down: w("lora_A").parameter("weight", [rank, input], .fanIn(input), decays: true),
            up: w("lora_B").parameter("weight", [output, rank], .zeros, decays: true),
            scale: settings.alpha / Float(rank))
    }
}
