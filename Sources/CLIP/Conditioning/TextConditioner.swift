import PinxitTensors

// Legend: B texts, T tokens, D features of states, P features of the pooled vector.

/// Texts as a denoiser is conditioned on them.
public struct TextConditioning: Sendable {
    /// The state of every token, `[B, T, D]`, in the type asked for.
    public let states: Tensor
    /// One vector a text, `[B, P]` in f32; nil where the conditioner gives none.
    public let pooled: Tensor?
    /// Tokens of each text with its start and end, without the padding behind.
    public let lengths: [Int]

    /// - Parameter lengths: As many as the states have rows.
    public init(states: Tensor, pooled: Tensor?, lengths: [Int]) {
        self.states = states
        self.pooled = pooled
        self.lengths = lengths
    }
}

/// What turns texts into conditions for a denoiser.
///
/// CLIP's text tower is one; the two towers of SDXL together, T5 or a language model are others.
public protocol TextConditioner: Sendable {
    /// Features of the states.
    var stateWidth: Int { get }
    /// Features of the pooled vector; nil where there is none.
    var pooledWidth: Int? { get }

    /// The conditions of texts, padded as the denoiser saw them in training. On the engine's
    /// thread.
    ///
    /// - Parameter type: What to compute in.
    func callAsFunction(_ texts: [String], type: ElementType) -> TextConditioning

    /// What the user should know of a text, such as words that do not fit; nil if nothing.
    func warning(about text: String) -> String?
}
