import PinxitCLIP
import PinxitTokenizers

/// How a model that denoises step by step reads the words. What is nil is the model's choice.
public struct TextOptions: Sendable, Equatable {
    /// Whose syntax the prompt is in, and what weights do. Nil is ``Emphasis/a1111`` for
    /// checkpoints from elsewhere, and text as it stands for models trained here.
    public var emphasis: Emphasis?
    /// What becomes of prompts longer than the text encoder takes. Nil is to cut them, as diffusers
    /// does; but chunks where ``emphasis`` is asked for, or the prompt says `BREAK`.
    public var longPrompts: LongPrompts?
    /// Layers at the end of the text encoder that are skipped, as diffusers counts them: what other
    /// programs call clip skip 2 is 1 here.
    public var clipSkip: Int?

    /// Everything that is not given is the model's choice.
    public init(
        emphasis: Emphasis? = nil, longPrompts: LongPrompts? = nil, clipSkip: Int? = nil
    ) {
        self.emphasis = emphasis
        self.longPrompts = longPrompts
        self.clipSkip = clipSkip
    }
}

extension RequestOptions {
    static let text: [any CodedOption] = [emphasis, longPrompts, clipSkip]

    /// ``TextOptions/emphasis``
    public static let emphasis = RequestOption(
        "emphasis", \.diffusion.text.emphasis, families: [.diffusion],
        help:
            "Whose syntax weighs words: \(Emphasis.accepted) (default: a1111; none for models trained here)."
    )

    /// ``TextOptions/longPrompts``
    public static let longPrompts = RequestOption(
        "long prompts", \.diffusion.text.longPrompts, families: [.diffusion],
        help: "What becomes of them: \(LongPrompts.accepted) (default: cut; chunk with --emphasis)."
    )

    /// ``TextOptions/clipSkip``
    public static let clipSkip = RequestOption(
        "clip skip", \.diffusion.text.clipSkip, families: [.diffusion],
        help: "Skip so many last layers of the text encoder (AUTOMATIC1111's number less 1).",
        bounds: .range(0...100))
}

extension Emphasis: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension LongPrompts: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension TextReading {
    /// What a request asks for, and the model's choice where it leaves that open.
    ///
    /// - Parameter usual: The emphasis where none is asked for.
    init(_ request: PaintRequest, usual: Emphasis) {
        let options = request.diffusion.text
        let emphasis = options.emphasis ?? usual
        let isAsked = options.emphasis.map { $0 != .off } ?? false
        let chunks =
            isAsked
            || [request.prompt, request.negativePrompt].contains {
                Prompt($0, emphasis).hasBreaks
            }
        self.init(
            emphasis: emphasis, longPrompts: options.longPrompts ?? (chunks ? .chunk : .cut),
            clipSkip: options.clipSkip ?? 0)
    }

    /// Asks for all of it.
    var asked: TextOptions {
        TextOptions(
            emphasis: emphasis, longPrompts: longPrompts, clipSkip: clipSkip > 0 ? clipSkip : nil)
    }
}
