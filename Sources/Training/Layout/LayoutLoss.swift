import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// What a ``LayoutHead`` says of a batch's captions, beside a task's own loss.
struct LayoutLoss {
    /// Of the head, which learns with the task.
    let store: ParameterStore
    private let head: LayoutHead
    private let composer: Composer
    private let weight: Float
    private let ranks: Ranks

    /// Nil where it has no weight, or the pictures tell of no layout.
    ///
    /// - Parameter width: Features of the text states.
    init?(
        weight: Float, width: Int, heads: Int, _ composer: Composer?,
        _ optimisation: OptimisationSettings
    ) {
        guard weight > 0, let composer else { return nil }
        (self.composer, self.weight, ranks) = (composer, weight, optimisation.ranks)
        store = ParameterStore(seed: optimisation.seed)
        head = LayoutHead(
            store.root("layout"), width: width, heads: heads, composer.library.vocabulary)
    }

    /// The task's loss with this one added, and both for the log.
    ///
    /// - Parameters:
    ///   - loss: The task's own, called `name` in the log.
    ///   - states: Text states of the captions at `indices`, `[batch, tokens, width]`.
    ///   - isDropped: Which captions were replaced by the empty one.
    func added(
        to loss: Tensor, _ name: String, states: Tensor, _ indices: [Int], _ isDropped: [Bool]
    ) -> (loss: Tensor, scalars: [String: Float]) {
        let specs = zip(indices, isDropped).map { $1 ? nil : composer.spec(at: $0) }
        let misplaced = head.loss(states, specs, ranks)
        return (loss + misplaced * weight, [name: loss.item, "loss/layout": misplaced.item])
    }
}

extension TrainingContext {
    /// What knows more of its pictures than their captions; nil for a folder's pictures.
    ///
    /// - Parameter uses: Settings that need it: whether they are used, and what turns them off.
    /// - Throws: `FileError` for one that is used where there is none.
    func composer(
        of captions: any CaptionedPictures, uses: [(name: String, isUsed: Bool, off: String)]
    ) throws -> Composer? {
        if let composer = captions as? Composer { return composer }
        for use in uses where use.isUsed {
            throw settings.field["task"][use.name].unsupported(
                "for pictures that pinxit dataset made",
                ["\(use.off) for a folder of pictures"])
        }
        return nil
    }
}

extension SettingsReader {
    /// - Parameter learner: What is taught.
    func layoutWeight(_ learner: String) throws -> Float {
        try float(
            "layout_weight", or: 0, in: .notNegative,
            "Weight of a loss that teaches \(learner) what lies where; 0 for none.")
    }

    func pairRepetitions() throws -> Int {
        try int(
            "pair_repetitions", or: 1, in: 1...100,
            "How often a picture of two things comes for each time another comes.")
    }
}

/// The pictures of an epoch, those of two things more than once.
func repeatingPairs(_ repetitions: Int, _ count: Int, _ composer: Composer?) -> [Int] {
    guard repetitions > 1, let composer else { return Array(0..<count) }
    return (0..<count).flatMap { index in
        let isPair = composer.spec(at: index).parts.count == 2
        return [Int](repeating: index, count: isPair ? repetitions : 1)
    }
}
