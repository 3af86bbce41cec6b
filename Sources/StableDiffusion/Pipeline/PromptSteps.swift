import PinxitSamplers
import PinxitTokenizers

/// The texts that a batch of prompts stands for, step after step.
struct PromptSteps {
    /// What holds at one step.
    struct Moment: Hashable {
        /// The texts of each prompt; several where they are composed.
        var own: [[String]]
        /// What guidance leads away from, one a prompt.
        var negative: [String]
    }

    private let own: [Prompt]
    private let negative: [Prompt]
    private let total: Int
    private let before: Int
    private let first: Int?

    /// - Parameters:
    ///   - total: Steps of a whole picture, whoever takes them.
    ///   - before: Steps that others take before.
    ///   - first: Steps of the pass before, where this is the second over a picture.
    init(
        _ own: [String], negative: [String], _ emphasis: Emphasis, total: Int, before: Int = 0,
        after first: Int? = nil
    ) {
        self.own = own.map { Prompt($0, emphasis) }
        self.negative = negative.map { Prompt($0, emphasis, isComposed: false) }
        self.total = total
        self.before = before
        self.first = first
    }

    /// How much of each text of a composed prompt there is.
    func weights(ofPrompt index: Int) -> [Double] { own[index].parts.map(\.weight) }

    /// What holds at a step, from 0, of those at hand.
    func moment(_ index: Int) -> Moment {
        let step = before + index + 1
        return Moment(
            own: own.map { $0.parts.map { $0.text.text(at: step, of: total, after: first) } },
            negative: negative.map { $0.parts[0].text.text(at: step, of: total, after: first) })
    }

    /// What holds at each of some steps.
    func moments(_ count: Int) -> [Moment] {
        guard (own + negative).allSatisfy({ $0.parts.allSatisfy(\.text.isConstant) }) else {
            return (0..<count).map(moment)
        }
        return Array(repeating: moment(0), count: count)
    }
}

extension SamplingPlan {
    /// Where a step lies among the plan's: for one that a sampler asks about between two, the one
    /// before.
    func place(of step: SamplingStep) -> Int {
        steps.firstIndex(of: step) ?? steps.lastIndex { $0.timestep >= step.timestep } ?? 0
    }
}
