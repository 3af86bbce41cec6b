import PinxitTensors

extension WeightAdapter {
    /// What kind of change it is, such as `LoRA, DoRA`.
    package var kind: String {
        let parts = modules.values.reduce(into: Set<AdapterPart>()) { $0.formUnion($1.parts.keys) }
        let kinds: [(String, [AdapterPart])] = [
            ("LoRA", [.up]), ("LoHa", [.hadaW1A]), ("LoKr", [.lokrW1, .lokrW1A]),
            ("full differences", [.weightDifference, .biasDifference]),
            ("norms", [.normWeight, .normBias]), ("weights", [.setWeight]),
            ("DoRA", [.doraScale, .magnitude]),
        ]
        let found = kinds.filter { !parts.isDisjoint(with: $0.1) }.map(\.0)
        return (found + (words.isEmpty ? [] : ["words"])).joined(separator: ", ")
    }

    /// The family of models it is for, in words; nil where nothing tells.
    package var familyTitle: String? { family?.title }

    /// The ranks of its matrices, such as `8` or `4 to 16`; nil where it has none.
    package var ranks: String? {
        let ranks = modules.values.compactMap { module in
            (module.parts[.down] ?? module.parts[.hadaW1B])?.shape.dimensions.first
        }
        guard let least = ranks.min(), let most = ranks.max() else { return nil }
        return least == most ? "\(least)" : "\(least) to \(most)"
    }

    /// How many modules it changes in each component, by the component's folder name; the empty
    /// name where the file does not say.
    package var moduleCounts: [String: Int] {
        Dictionary(modules.keys.map { ($0.component ?? "", 1) }, uniquingKeysWith: +)
    }

    /// Whose spelling the keys of an adapter's file have.
    package static func dialect(ofKeys keys: some Collection<String>) -> String {
        func has(_ test: (String) -> Bool) -> Bool { keys.contains(where: test) }
        if has({ $0.hasPrefix("lycoris_") }) { return "LyCORIS" }
        if has({ $0.hasPrefix("lora_unet_") || $0.hasPrefix("lora_te") }) { return "kohya" }
        if has({ $0.hasPrefix("base_model.model.") }) { return "PEFT" }
        if has({ $0.contains("diffusion_model.") }) { return "diffusion_model, as ComfyUI writes" }
        if has({ $0.contains(".lora_A.") }) { return "diffusers, as PEFT" }
        return "diffusers"
    }
}

/// What models whose U-Net attends to text states of so many features are called.
package func familyTitle(context: Int) -> String {
    AdapterFamily.stableDiffusion(context: context).title
}
