/// What a tensor of an adapter's file is for a module, whatever the file calls it.
enum AdapterPart: String, Sendable {
    case up, down, mid
    case alpha, scale
    case doraScale, magnitude
    case hadaW1A, hadaW1B, hadaW2A, hadaW2B, hadaT1, hadaT2
    case lokrW1, lokrW1A, lokrW1B, lokrW2, lokrW2A, lokrW2B, lokrT2
    case weightDifference, biasDifference, normWeight, normBias, setWeight

    /// Whether it changes the module's bias.
    var isOfBias: Bool { self == .biasDifference || self == .normBias }
}

/// A key of an adapter's file taken apart: the module it belongs to and what it is for it.
///
/// The dialects are those of kohya's scripts, LyCORIS, diffusers (old and new) and PEFT.
struct AdapterKey: Equatable {
    /// The module as the file spells it, without what diffusers puts between it and its parts.
    let module: String
    let part: AdapterPart

    /// Nil for a key that is of no kind known here.
    init?(_ key: String) {
        guard let (module, part) = Self.peft(key) ?? Self.suffixed(key) else { return nil }
        self.module = Self.cleaned(module)
        self.part = part
    }

    /// `….lora_A.weight`, with an adapter's name between or without `.weight`.
    private static func peft(_ key: String) -> (String, AdapterPart)? {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        guard let place = parts.lastIndex(where: { peftParts[$0] != nil }), place > 0,
            let part = peftParts[parts[place]]
        else { return nil }
        let rest = parts[(place + 1)...]
        guard rest.count <= 2, rest.last != "bias" else { return nil }
        return (parts[..<place].joined(separator: "."), part)
    }

    private static let peftParts: [Substring: AdapterPart] = [
        "lora_A": .down, "lora_B": .up, "lora_magnitude_vector": .magnitude,
    ]

    private static func suffixed(_ key: String) -> (String, AdapterPart)? {
        for (suffix, part) in suffixes where key.hasSuffix(suffix) && key.count > suffix.count {
            return (String(key.dropLast(suffix.count)), part)
        }
        return nil
    }

    private static let suffixes: [(String, AdapterPart)] = [
        (".lora_down.weight", .down), (".lora_up.weight", .up), (".lora_mid.weight", .mid),
        (".lora.down.weight", .down), (".lora.up.weight", .up),
        ("_lora.down.weight", .down), ("_lora.up.weight", .up),
        (".lora_linear_layer.down.weight", .down), (".lora_linear_layer.up.weight", .up),
        (".alpha", .alpha), (".scale", .scale), (".dora_scale", .doraScale),
        (".hada_w1_a", .hadaW1A), (".hada_w1_b", .hadaW1B), (".hada_w2_a", .hadaW2A),
        (".hada_w2_b", .hadaW2B), (".hada_t1", .hadaT1), (".hada_t2", .hadaT2),
        (".lokr_w1", .lokrW1), (".lokr_w1_a", .lokrW1A), (".lokr_w1_b", .lokrW1B),
        (".lokr_w2", .lokrW2), (".lokr_w2_a", .lokrW2A), (".lokr_w2_b", .lokrW2B),
        (".lokr_t2", .lokrT2),
        (".diff", .weightDifference), (".diff_b", .biasDifference),
        (".w_norm", .normWeight), (".b_norm", .normBias), (".set_weight", .setWeight),
    ]

    /// Without what diffusers puts between a module and its parts.
    private static func cleaned(_ module: String) -> String {
        var module = module.replacing(".processor.", with: ".")
        for ending in [".lora_linear_layer", ".lora", "_lora"] where module.hasSuffix(ending) {
            module.removeLast(ending.count)
        }
        return module
    }
}
