/// Whose syntax a prompt is read in, and so what its weights do.
public enum Emphasis: String, Sendable, CaseIterable, Codable {
    /// AUTOMATIC1111's: `(w)`, `[w]`, `(w:1.3)`, `[a:b:0.5]`, `[a|b]`, `AND`, `BREAK`, escapes.
    /// Weights multiply the states of their tokens, and the mean of the chunk is restored.
    case a1111
    /// The same, with the full-width brackets and colons of Chinese keyboards as syntax too.
    case a1111Wide = "a1111-wide"
    /// ComfyUI's: `(w)`, `(w:1.3)` and escapes. Weights lead from the states of an empty text to
    /// the prompt's, and beyond.
    case comfy
    /// A prompt is text, whatever it holds.
    case off = "none"

    /// Whether prompts may change with the steps and be composed.
    var isA1111: Bool { self == .a1111 || self == .a1111Wide }
}

/// What becomes of texts with more tokens than a text encoder takes.
public enum LongPrompts: String, Sendable, CaseIterable, Codable {
    /// What does not fit is left out, as in diffusers.
    case cut
    /// They are encoded in chunks, each with a start and an end of its own, side by side.
    case chunk
}

/// A stretch of a text and how much it counts.
public struct WeightedText: Sendable, Equatable {
    /// Without syntax.
    public var text: String
    /// 1 is as it stands.
    public var weight: Double

    /// - Parameter weight: 1 is as it stands.
    public init(_ text: String, weight: Double = 1) {
        (self.text, self.weight) = (text, weight)
    }
}

extension Emphasis {
    /// The stretches of a text, in sections: each but the first begins where `BREAK` stands.
    ///
    /// There is always one section, and one stretch in each.
    public func sections(of text: String) -> [[WeightedText]] {
        switch self {
        case .a1111, .a1111Wide: BracketWeights.sections(of: narrowed(text))
        case .comfy: [ParenthesisWeights.stretches(of: text)]
        case .off: [[WeightedText(text)]]
        }
    }

    /// A text with the signs of full-width syntax as those they stand for.
    func narrowed(_ text: String) -> String {
        guard self == .a1111Wide else { return text }
        let scalars = text.unicodeScalars.map { Self.narrow[$0] ?? $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    private static let narrow: [Unicode.Scalar: Unicode.Scalar] = [
        "（": "(", "）": ")", "【": "[", "】": "]", "［": "[", "］": "]", "：": ":", "｜": "|",
    ]
}
