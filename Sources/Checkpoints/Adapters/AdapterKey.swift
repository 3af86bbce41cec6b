/// What a tensor of an adapter's file is for a module, whatever the file calls it.
enum AdapterPart: String, Sendable {
    case up, down, mid
    case alpha, scale
    case doraScale, magnitude
    case hadaW1A, hadaW1B, hadaW2A, hadaW2B, hadaT1, hadaT2
    case lokrW1, lokrW1A, lokrW1B, lokrW2, lokrW2A, lokrW2B, lokrT2
    case weightDifference, biasDifference, normWeight, normBias, setWeight
    case upBias
    case factors, onInput
    case gloraA1, gloraA2, gloraB1, gloraB2, gloraMid
    case oftBlocks, rescale

    /// Whether it is one number.
    var isScalar: Bool { self == .alpha || self == .scale || self == .onInput }
}

/// A key of an adapter's file taken apart: the module it belongs to and what it is for it.
///
/// The dialects are those of kohya's scripts, LyCORIS, diffusers (old and new) and PEFT.
struct AdapterKey: Equatable {
    /// The module as the file spells it, without what diffusers puts between it and its parts.
    let module: String
    let part: AdapterPart

    /// Nil for a key that is of no kind known here.
    ///
    /// - Parameter isThere: Whether the file has a key: what is called no more than `weight` is
    ///   told by what lies beside it.
    init?(_ key: String, isThere: (String) -> Bool = { _ in false }) {
        guard
            let (module, part) = Self.peft(key) ?? Self.suffixed(key)
                ?? Self.factors(key, isThere)
        else { return nil }
        self.module = Self.cleaned(module)
        self.part = part
    }

    /// (IA)³'s factors.
    private static func factors(
        _ key: String, _ isThere: (String) -> Bool
    ) -> (String, AdapterPart)? {
        let ending = ".weight"
        guard key.hasSuffix(ending) else { return nil }
        let module = String(key.dropLast(ending.count))
        return isThere("\(module).on_input") ? (module, .factors) : nil
    }

    /// `….lora_A.weight`, with an adapter's name between or without `.weight`.
    private static func peft(_ key: String) -> (String, AdapterPart)? {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        guard let place = parts.lastIndex(where: { peftParts[$0] != nil }), place > 0,
            let part = peftParts[parts[place]]
        else { return nil }
        let rest = parts[(place + 1)...]
        guard rest.count <= 2 else { return nil }
        let module = parts[..<place].joined(separator: ".")
        guard rest.last == "bias" else { return (module, part) }
        return part == .up ? (module, .upBias) : nil
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
        (".on_input", .onInput), (".oft_blocks", .oftBlocks), (".rescale", .rescale),
        (".a1.weight", .gloraA1), (".a2.weight", .gloraA2), (".b1.weight", .gloraB1),
        (".b2.weight", .gloraB2), (".bm.weight", .gloraMid),
    ]

    /// What a key is of that is not read here, where its name tells.
    static func unreadKind(_ key: String) -> String? {
        let parts = key.split(separator: ".")
        for part in parts {
            let part = part.hasPrefix("lora_unet") || part.hasPrefix("lora_te") ? "" : part
            if let kind = unreadKinds.first(where: { part == $0.0 || part.hasPrefix($0.0 + "_") }) {
                return kind.1
            }
        }
        return nil
    }

    private static let unreadKinds = [
        ("oft_R", "PEFT's OFT"), ("oft_diag", "OFT of older LyCORIS"), ("boft_R", "PEFT's BOFT"),
        ("boft_s", "PEFT's BOFT"), ("ia3_l", "PEFT's (IA)³"), ("hra_u", "HRA"), ("vera", "VeRA"),
        ("lora_embedding", "LoRA of embeddings"), ("randlora", "RandLoRA"), ("shira", "SHiRA"),
        ("fourierft", "FourierFT"), ("lambda_layer", "T-LoRA"), ("p_layer", "T-LoRA"),
        ("q_layer", "T-LoRA"), ("glora", "PEFT's GLoRA"), ("bias_indices", "sparse biases"),
        ("bias_values", "sparse biases"), ("reshape_weight", "weights of another shape"),
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
