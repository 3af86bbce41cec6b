import PinxitDatasets

/// A prompt and the seed of its noise.
public struct PaintingOrder: Sendable, Hashable {
    /// English or Chinese.
    public var prompt: String
    /// Of the noise the picture starts from, which every model draws in its own shape.
    public var seed: UInt32

    /// An order for ``Paint``.
    public init(prompt: String, seed: UInt32) {
        self.prompt = prompt
        self.seed = seed
    }
}

/// A picture to be painted, and what it should show.
public struct Item: Sendable, Hashable {
    /// What the picture should show, in full.
    public var spec: PictureSpec
    /// What the painter is told.
    public var order: PaintingOrder
    /// The prompt's.
    public var language: CaptionLanguage

    /// Whether the picture shows a combination no training picture has.
    public var isHeldOut: Bool { spec.isHeldOut }
}

/// A forced choice: which of some specs, equal but for one attribute, does the picture show?
public struct Question: Sendable, Hashable {
    /// What the choices differ in.
    public var attribute: Attribute
    /// Index into the items.
    public var item: Int
    /// The right answer first.
    public var choices: [PictureSpec]
}

extension Attribute {
    /// The share that a model gets that ignores what it is asked, and shows one value always.
    ///
    /// - Parameter questions: About this attribute, one or more.
    func chance(_ questions: [Question], _ captions: Captions) -> Double {
        let asked = Set(questions.map { value(of: $0.choices[0], captions) }).count
        let offered = questions.map(\.choices.count).min() ?? asked
        return 1 / Double(min(asked, offered))
    }
}

/// All pictures and questions of an evaluation.
public struct Questionnaire: Sendable {
    /// In the order in which they are painted, after the grid's pictures.
    public internal(set) var items: [Item] = []
    /// One or more about each item, in the order of the items.
    public internal(set) var questions: [Question] = []
    /// Some of the items in the other language.
    public internal(set) var twins: [Twin] = []

    /// A hash of every prompt, seed and choice: figures of two reports can be compared where
    /// these agree.
    public var fingerprint: String {
        var hash: UInt64 = 0
        for item in items {
            hash = fnv1a64("\(hash)|\(item.order.prompt)|\(item.order.seed)")
        }
        for question in questions {
            let choices = question.choices.map { "\($0.heldOutKeys)\($0.parts[0].object)" }
            hash = fnv1a64("\(hash)|\(question.attribute)|\(question.item)|\(choices)")
        }
        for twin in twins { hash = fnv1a64("\(hash)|\(twin.item)|\(twin.order.prompt)") }
        return String(hash, radix: 16)
    }
}
