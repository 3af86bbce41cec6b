import PinxitDatasets
import PinxitFiles
import PinxitImages

/// What ``ThingExamination`` found.
public struct ThingFindings: Sendable {
    /// How one thing is painted.
    public struct Figure: Sendable, Hashable {
        /// The thing asked for.
        public var thing: VocabularyEntry
        /// In how many of its pictures it is told among a few random things.
        public var told: Proportion
        /// In how many it is nearest of the whole vocabulary.
        public var first: Proportion
        /// What the others of its pictures are nearest to most often.
        public var mistakenFor: VocabularyEntry?
    }

    /// The side at which pictures were compared.
    public var size: Int
    /// Among how many things one is told, itself included.
    public var choices: Int
    /// In the vocabulary's order.
    public var figures: [Figure]
    /// The first picture of each.
    public var examples: [Picture]

    /// The things that are told in fewer than such a share of their pictures.
    public func missed(below share: Double) -> [VocabularyEntry] {
        figures.filter { $0.told.value < share }.map(\.thing)
    }

    private func all(_ part: (Figure) -> Proportion) -> Proportion {
        let parts = figures.map(part)
        return Proportion(
            right: parts.reduce(0) { $0 + $1.right }, count: parts.reduce(0) { $0 + $1.count })
    }

    /// Worst first.
    private var sorted: [Int] {
        figures.indices.sorted { a, b in
            let (one, other) = (figures[a], figures[b])
            return (one.told.right, one.first.right, a) < (other.told.right, other.first.right, b)
        }
    }
}

extension ThingFindings {
    /// A table for people: all things together, then each that is told in less than a share of its
    /// pictures.
    public func table(below share: Double) -> String {
        func line(_ cells: [String]) -> String { aligned(cells, widths: [24, 12, 12, 12]) }
        let missed = sorted.map { figures[$0] }.filter { $0.told.value < share }
        let head = [
            line(["", "among \(choices)", "among all", "mistaken for"]),
            line([
                "all \(figures.count) things", hundredths(all(\.told).value),
                hundredths(all(\.first).value),
            ]),
        ]
        return
            (head
            + missed.map { figure in
                line([
                    figure.thing.english.noun, figure.told.counts, figure.first.counts,
                    figure.mistakenFor?.english.noun ?? "",
                ])
            }).joined(separator: "\n")
    }

    /// All figures, without dates and times: the same model gives the same file.
    public func json(model: String, settings: [JSONMember]) -> JSONValue {
        [
            "format": 1, "model": .string(model), "settings": .object(settings),
            "size": .integer(size), "choices": .integer(choices), "told": all(\.told).json,
            "first": all(\.first).json,
            "things": .array(
                figures.map { figure in
                    [
                        "key": .string(figure.thing.key),
                        "english": .string(figure.thing.english.noun),
                        "chinese": .string(figure.thing.chinese), "told": figure.told.json,
                        "first": figure.first.json,
                        "mistaken_for": figure.mistakenFor.map { .string($0.english.noun) }
                            ?? .null,
                    ]
                }),
        ]
    }

    /// The first picture of every thing with its noun and figures, the worst first; nil without.
    public func sheet(columns: Int = 16) -> Picture? {
        guard let side = examples.first?.width else { return nil }
        let font = LabelFont()
        let order = sorted
        let labels = font.map { font in
            order.map {
                let figure = figures[$0]
                return font.draw(
                    "\(figure.thing.english.noun) \(figure.told.counts)", width: side, lines: 2)
            }
        }
        return ContactSheet.make(
            order.map { examples[$0] }, columns: columns, gap: 4, labels: labels ?? [])
    }
}

extension Proportion {
    /// "3 of 4".
    fileprivate var counts: String { "\(right) of \(count)" }
}
