/// A text that changes with the steps, in AUTOMATIC1111's syntax: `[a:b:0.5]` is `a` for half of
/// the steps and `b` from there on, `[b:0.5]` comes in, `[a::0.5]` goes, `[a|b]` alternates. A
/// number with a point is a share of the steps, one without is a step. Brackets that say none of
/// this stay as they are.
public struct ScheduledText: Sendable, Equatable {
    indirect enum Node: Sendable, Equatable {
        case text(String)
        case switched(from: [Node], to: [Node], at: Place)
        case alternating([[Node]])
    }

    /// After which step a text changes.
    enum Place: Sendable, Equatable {
        case step(Double)
        case share(Double)

        func step(of steps: Int, after first: Int? = nil) -> Int {
            let place =
                switch self {
                case .step(let step): step - Double(first ?? 0)
                case .share(let share): (share - (first == nil ? 0 : 1)) * Double(steps)
                }
            return Int(max(0, min(place, Double(steps))))
        }
    }

    private let nodes: [Node]

    /// Reads a text.
    public init(_ text: String) { nodes = ScheduleParser.nodes(of: text) }

    /// A text that is taken as it is.
    init(literal text: String) { nodes = [.text(text)] }

    /// Whether it is the same at every step.
    public var isConstant: Bool {
        nodes.allSatisfy { node in
            if case .text = node { true } else { false }
        }
    }

    /// The text at a step, from 1.
    ///
    /// - Parameter first: Steps of the pass before, where this is a second one over the same
    ///   picture: its steps are counted on, and its shares are 1 to 2, as by AUTOMATIC1111's web UI
    ///   from 1.6 on.
    public func text(at step: Int, of steps: Int, after first: Int? = nil) -> String {
        Self.text(nodes, turn: step - 1) { step <= $0.step(of: steps, after: first) }
    }

    /// A text and the last step it holds for.
    public struct Stage: Sendable, Equatable {
        /// From 1.
        public let lastStep: Int
        /// With its weights.
        public let text: String
    }

    /// The texts of all steps in their order, each with the last step it holds for.
    public func stages(of steps: Int) -> [Stage] {
        lastSteps(of: steps).map { Stage(lastStep: $0, text: text(at: $0, of: steps)) }
    }

    /// The last step of each text, in their order.
    func lastSteps(of steps: Int, after first: Int? = nil) -> [Int] {
        var places = Set([steps])
        Self.gather(nodes, steps, first, into: &places)
        return places.sorted()
    }

    /// Every stretch there is, whenever it holds.
    var allTexts: [String] { Self.texts(nodes) }

    /// - Parameters:
    ///   - turn: Which of texts that alternate it is, counted on and on.
    ///   - isBefore: Whether a change is still to come.
    private static func text(
        _ nodes: [Node], turn: Int, isBefore: (Place) -> Bool
    ) -> String {
        nodes.map { node in
            switch node {
            case .text(let text): text
            case .switched(let from, let to, let place):
                self.text(isBefore(place) ? from : to, turn: turn, isBefore: isBefore)
            case .alternating(let options):
                self.text(options[turn % options.count], turn: turn, isBefore: isBefore)
            }
        }.joined()
    }

    private static func gather(
        _ nodes: [Node], _ steps: Int, _ first: Int?, into places: inout Set<Int>
    ) {
        for node in nodes {
            switch node {
            case .text: break
            case .switched(let from, let to, let place):
                let step = place.step(of: steps, after: first)
                if step > 0 { places.insert(step) }
                gather(from + to, steps, first, into: &places)
            case .alternating(let options):
                places.formUnion(1...steps)
                gather(options.flatMap(\.self), steps, first, into: &places)
            }
        }
    }

    private static func texts(_ nodes: [Node]) -> [String] {
        nodes.flatMap { node in
            switch node {
            case .text(let text): [text]
            case .switched(let from, let to, _): texts(from) + texts(to)
            case .alternating(let options): options.flatMap { texts($0) }
            }
        }
    }
}
