import PinxitTensors
import PinxitTokenizers

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

    /// The texts of one, then those of another with as many tokens.
    package init(_ first: TextConditioning, _ second: TextConditioning) {
        states = concatenate([first.states, second.states], axis: 0)
        pooled = first.pooled.flatMap { first in
            second.pooled.map { concatenate([first, $0], axis: 0) }
        }
        lengths = first.lengths + second.lengths
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

    /// The most layers that can be skipped; see ``TextReading/clipSkip``.
    var mostClipSkip: Int { get }

    /// The conditions of texts, padded as the denoiser saw them in training, all of as many chunks
    /// as the longest has. On the engine's thread.
    ///
    /// - Parameters:
    ///   - reading: How texts are read.
    ///   - type: What to compute in.
    func callAsFunction(
        _ texts: [String], _ reading: TextReading, type: ElementType
    ) -> TextConditioning

    /// The chunks of the longest of some texts.
    func chunkCount(_ texts: [String], _ reading: TextReading) -> Int

    /// What the user should know of a text, such as words that do not fit; nil if nothing.
    func warning(about text: String, _ reading: TextReading) -> String?

    /// The vectors of a word's tokens before any layer: `[tokens, features]` in f32, one tensor for
    /// each text encoder. On the engine's thread.
    func vectors(of word: String) -> [Tensor]

    /// What cuts texts into the tokens whose states these are; where there are several, the first.
    /// Nil where a text is one state.
    var firstTokenizer: CLIPTokenizer? { get }
}

extension TextConditioner {
    /// None.
    public func vectors(of word: String) -> [Tensor] { [] }

    /// None.
    public var firstTokenizer: CLIPTokenizer? { nil }

    /// The conditions of plain texts.
    ///
    /// - Parameter type: What to compute in.
    public func callAsFunction(_ texts: [String], type: ElementType) -> TextConditioning {
        self(texts, .plain, type: type)
    }

    /// What the user should know of a plain text.
    public func warning(about text: String) -> String? { warning(about: text, .plain) }
}
