import PinxitFiles
import PinxitTensors

// Legend: r rank, O and I features out and in, K places of a convolution's filter.

/// What an adapter's file holds for one module, under whatever names.
struct AdapterModule: Sendable {
    /// The module as the file spells it, for messages.
    let spelling: String
    var parts: [AdapterPart: Tensor] = [:]
    /// What PEFT keeps beside the tensors; nil where they say it themselves.
    var configuredScale: PEFTScale?

    init(spelling: String) { self.spelling = spelling }

    /// Whether it changes the bias, or the weight.
    func changes(bias: Bool) -> Bool { parts.keys.contains { $0.changes(bias: bias) } }

    /// What is missing or empty, in words; nil if the module can be used.
    var flaw: String? {
        let partners: [(AdapterPart, AdapterPart)] = [
            (.up, .down), (.hadaW1A, .hadaW1B), (.hadaW2A, .hadaW2B), (.hadaW1A, .hadaW2A),
            (.lokrW1A, .lokrW1B), (.lokrW2A, .lokrW2B), (.factors, .onInput),
            (.gloraA1, .gloraA2), (.gloraB1, .gloraB2), (.gloraA1, .gloraB1),
        ]
        for (a, b) in partners where (parts[a] == nil) != (parts[b] == nil) {
            return "has \(parts[a] == nil ? b : a) without \(parts[a] == nil ? a : b)"
        }
        let isKronecker = parts.keys.contains { $0.rawValue.hasPrefix("lokr") }
        let halves = [[AdapterPart.lokrW1, .lokrW1A], [.lokrW2, .lokrW2A]]
        if isKronecker, halves.contains(where: { $0.allSatisfy { parts[$0] == nil } }) {
            return "has only one factor of its Kronecker product"
        }
        if let empty = parts.first(where: { $0.value.count == 0 }) {
            return "has rank 0 (\(empty.key) of shape \(empty.value.shape))"
        }
        return parts.keys.contains { $0.changes(bias: true) || $0.changes(bias: false) }
            ? nil : "holds nothing that changes a weight"
    }

    /// The features in of the module, where its shapes tell them.
    var inputWidth: Int? {
        guard let down = parts[.down], down.rank > 1 else { return nil }
        return down.shape[1]
    }

    /// The part in f32, where it is there.
    func part(_ part: AdapterPart) -> Tensor? { parts[part]?.cast(to: .f32) }
}

extension AdapterPart {
    /// Whether it makes a change, rather than saying how much of one.
    func changes(bias: Bool) -> Bool {
        switch self {
        case .biasDifference, .normBias, .upBias: bias
        case .alpha, .scale, .doraScale, .magnitude, .mid, .onInput, .rescale, .gloraMid: false
        default: !bias
        }
    }
}

extension AdapterModule {
    /// What the product of two matrices is multiplied by: alpha / rank, or 1 without alpha.
    ///
    /// - Parameter rank: Rows of the module's own down matrix; nil where it has none.
    func scale(rank: Int?) -> Float {
        if let scale = parts[.scale] { return scale.item }
        if let alpha = parts[.alpha]?.item {
            // Whole matrices have no rank, and so LyCORIS' alpha says nothing.
            guard let rank, alpha != 0 else { return 1 }
            return alpha / Float(rank)
        }
        return configuredScale?.scale(rank: rank) ?? 1
    }

    /// What is added to the weight before any multiplier, `[O, I…]` by the file's own shapes; nil
    /// where the module adds nothing.
    ///
    /// - Parameter most: Elements that it may have: the weight's.
    func difference(most: Int) throws(ShapeProblem) -> Tensor? {
        if let up = part(.up), let down = part(.down) {
            let product =
                if let core = part(.mid) {
                    try Self.tucker(core, up, down, turned: true, most: most)
                } else {
                    try Self.product(up, down, most: most)
                }
            return product * scale(rank: down.shape[0])
        }
        if let difference = try hadamard(most) { return difference }
        if let difference = try kronecker(most) { return difference }
        return part(.weightDifference) ?? part(.normWeight)
    }

    /// Hadamard's product of two low-rank matrices (LoHa; Hyeon-Woo et al. 2021).
    private func hadamard(_ most: Int) throws(ShapeProblem) -> Tensor? {
        guard let a1 = part(.hadaW1A), let b1 = part(.hadaW1B), let a2 = part(.hadaW2A),
            let b2 = part(.hadaW2B)
        else { return nil }
        let first = try Self.factor(a1, b1, core: part(.hadaT1), most)
        let second = try Self.factor(a2, b2, core: part(.hadaT2), most)
        guard first.shape == second.shape else {
            throw ShapeProblem("has factors of shapes \(first.shape) and \(second.shape)")
        }
        return first * second * scale(rank: b1.shape[0])
    }

    /// Kronecker's product of two matrices, each perhaps of low rank (LoKr; Yeh et al. 2023).
    private func kronecker(_ most: Int) throws(ShapeProblem) -> Tensor? {
        guard let first = try factor(.lokrW1, .lokrW1A, .lokrW1B, most),
            let second = try factor(.lokrW2, .lokrW2A, .lokrW2B, core: part(.lokrT2), most)
        else { return nil }
        let rank = (parts[.lokrW2] == nil ? parts[.lokrW2B] : parts[.lokrW1B])?.shape.dimensions
            .first
        return try Self.kronecker(first, second, most: most) * scale(rank: rank)
    }

    /// A factor that is whole, or made of two.
    private func factor(
        _ whole: AdapterPart, _ a: AdapterPart, _ b: AdapterPart, core: Tensor? = nil,
        _ most: Int
    ) throws(ShapeProblem) -> Tensor? {
        if let whole = part(whole) { return whole }
        guard let a = part(a), let b = part(b) else { return nil }
        return try Self.factor(a, b, core: core, most)
    }

    private static func factor(
        _ a: Tensor, _ b: Tensor, core: Tensor?, _ most: Int
    ) throws(ShapeProblem) -> Tensor {
        guard let core else { return try product(a, b, most: most) }
        return try tucker(core, a, b, most: most)
    }
}
