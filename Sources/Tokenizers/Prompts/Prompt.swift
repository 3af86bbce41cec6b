/// A prompt as it is read: texts that are put together, each perhaps changing with the steps.
public struct Prompt: Sendable, Equatable {
    /// One of the texts that `AND` puts together.
    public struct Part: Sendable, Equatable {
        /// What it says, with its weights.
        public var text: ScheduledText
        /// How much of it there is.
        public var weight: Double
    }

    /// In their order; there is always one.
    public let parts: [Part]
    private let emphasis: Emphasis

    /// - Parameter isComposed: Whether `AND` puts texts together. In prompts that guidance leads
    ///   away from it is a word.
    public init(_ text: String, _ emphasis: Emphasis, isComposed: Bool = true) {
        self.emphasis = emphasis
        guard emphasis.isA1111 else {
            parts = [Part(text: ScheduledText(literal: text), weight: 1)]
            return
        }
        let scalars = Array(emphasis.narrowed(text).unicodeScalars)[...]
        let texts = isComposed ? scalars.parted(byWord: "AND") : [scalars]
        // A number behind the only text is a part of it.
        parts = texts.map { texts.count == 1 ? Part($0) : Part(weighted: $0) }
    }

    /// Whether it is one text, the same at every step.
    public var isConstant: Bool { parts.count == 1 && parts[0].text.isConstant }

    /// Whether a chunk is begun somewhere.
    public var hasBreaks: Bool {
        emphasis.isA1111
            && parts.contains { part in
                part.text.allTexts.contains { emphasis.sections(of: $0).count > 1 }
            }
    }

    /// Every text it says on the way without syntax, each once.
    public func plainTexts(of steps: Int) -> [String] {
        var left = Int.max
        return plainTexts(of: steps, within: &left) ?? []
    }

    /// The same; nil where it takes more than so many bytes, what is said again counted again.
    ///
    /// - Parameters:
    ///   - first: Steps of the pass before; see ``ScheduledText/text(at:of:after:)``.
    ///   - left: What is left of them afterwards.
    public func plainTexts(
        of steps: Int, after first: Int? = nil, within left: inout Int
    ) -> [String]? {
        var texts: [String] = []
        var seen = Set<String>()
        for part in parts {
            for step in part.text.lastSteps(of: steps, after: first) {
                let stage = part.text.text(at: step, of: steps, after: first)
                left -= stage.utf8.count
                guard left >= 0 else { return nil }
                let sections = emphasis.sections(of: stage)
                let text = sections.map { $0.map(\.text).joined() }.joined(separator: " ")
                if seen.insert(text).inserted { texts.append(text) }
            }
        }
        return texts
    }
}

extension Prompt.Part {
    fileprivate init(_ scalars: ArraySlice<Unicode.Scalar>) {
        self.init(text: ScheduledText(String(String.UnicodeScalarView(scalars))), weight: 1)
    }

    /// `a cat :1.2`, with the number at the end.
    fileprivate init(weighted scalars: ArraySlice<Unicode.Scalar>) {
        func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
            var scalars = scalars
            while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
            return scalars
        }
        let scalars = trimmed(scalars)
        guard let colon = scalars.lastIndex(of: ":") else {
            self.init(scalars)
            return
        }
        let number = String(String.UnicodeScalarView(scalars[(colon + 1)...]))
            .filter { !$0.isWhitespace }
        guard number.allSatisfy({ "+-.0123456789".contains($0) }), let weight = Double(number),
            Float(weight).isFinite
        else {
            self.init(scalars)
            return
        }
        self.init(trimmed(scalars[..<colon]))
        self.weight = weight
    }
}
