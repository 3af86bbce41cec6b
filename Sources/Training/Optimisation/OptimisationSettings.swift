import PinxitFiles
import PinxitTensors

/// How a model is optimised: the part every training configuration shares.
struct OptimisationSettings: Sendable {
    /// Samples that are seen in all, the same one more than once.
    var samples: Int
    /// Samples of a step.
    var batch: Int
    /// The learning rate at its peak, see ``LearningRate``.
    var learningRate: Float
    /// Steps of linear rise before the cosine falls to zero.
    var warmUp: Int
    /// Decay of ``AdamW``'s mean of gradients.
    var beta1: Float
    /// Decay of its mean of their squares.
    var beta2: Float
    /// What is added to the root of that mean.
    var epsilon: Float
    /// Share of a weight that is taken away in a step, in units of the learning rate.
    var weightDecay: Float
    /// The largest norm of all gradients together.
    var clip: Float
    /// Decay of the exponential moving average; it is warmed up, see ``Average``.
    var averageDecay: Float
    /// The type activations are computed in; weights and their gradients are f32.
    var precision: ElementType
    /// Of the weights' start, the data and all that a step draws.
    var seed: UInt64
    /// Steps from one row of the log to the next.
    var logEvery: Int
    /// Steps from one report to the next.
    var reportEvery: Int
    /// Steps from one checkpoint to the next; each report has one besides.
    var saveEvery: Int
    /// Who share each step's samples.
    var ranks = Ranks.alone

    /// Steps of the whole run.
    var steps: Int { (samples + batch - 1) / batch }
    /// This rank's samples of a step's.
    var rows: Range<Int> { ranks.part(of: batch) }
    /// The same by their place in a stream of which every step takes the next.
    func rows(of step: Int) -> Range<Int> {
        step * batch + rows.lowerBound..<step * batch + rows.upperBound
    }
    /// How many those are.
    var rowCount: Int { batch / ranks.size }

    init(_ s: SettingsReader) throws {
        samples = try s.int(
            "samples", in: 1...1_000_000_000,
            "Samples that are seen in all, the same one more than once. Steps are samples / batch.")
        batch = try s.int(
            "batch", in: 1...65536,
            "Samples of a step, of all processes together where several train.")
        learningRate = try s.float(
            "learning_rate", in: .notNegative,
            "The learning rate at its peak: a linear rise, then half a cosine down to zero.")
        warmUp = try s.int(
            "warm_up", or: 300, in: 0...1_000_000_000, "Steps of the learning rate's rise.")
        beta1 = try s.float(
            "beta1", or: 0.9, in: .decay, "Decay of AdamW's mean of gradients.")
        beta2 = try s.float(
            "beta2", or: 0.99, in: .decay, "Decay of AdamW's mean of squared gradients.")
        epsilon = try s.float(
            "epsilon", or: 1e-8, in: .positive, "Added to the root of that mean.")
        weightDecay = try s.float(
            "weight_decay", or: 1e-3, in: .notNegative,
            "Share of a weight that is taken away in a step, in units of the learning rate.")
        clip = try s.float(
            "clip", or: 1, in: .positive, "The largest norm of all gradients together.")
        averageDecay = try s.float(
            "average_decay", or: 0.999, in: .share,
            "Decay of the moving average of the weights, which is what is written.")
        precision = try s.choice(
            "precision", or: Precision.bf16,
            "What activations are computed in; bf16 only where the processor does."
        ).type
        seed = UInt64(
            try s.int("seed", or: 1, "Of the weights' start, the data and all that a step draws."))
        logEvery = try s.int(
            "log_every", or: 20, in: 1...Int.max, "Steps from one row of train.csv to the next.")
        reportEvery = try s.int(
            "report_every", or: 1000, in: 1...Int.max,
            "Steps from one report (held-out measures, sample sheets) to the next.")
        saveEvery = try s.int(
            "save_every", or: 500, in: 1...Int.max,
            "Steps from one checkpoint to the next; each report has one besides.")
        try s.finish()
    }

    /// Has each of several ranks take its part of a step's samples.
    ///
    /// - Throws: `FileError` if they cannot be shared evenly.
    mutating func share(among ranks: Ranks, _ recipe: JSONField) throws(FileError) {
        guard batch % ranks.size == 0 else {
            throw recipe["optimisation"]["batch"].unsupported(
                "\(batch) for \(ranks.size) processes",
                ["a multiple of \(ranks.size), the samples that they share in a step"])
        }
        self.ranks = ranks
    }

    /// Plain settings for timing a step.
    static let benchmark = OptimisationSettings()

    private init() {
        (samples, batch, learningRate, warmUp) = (1, 1, 1e-4, 0)
        (beta1, beta2, epsilon, weightDecay, clip) = (0.9, 0.99, 1e-8, 1e-3, 1)
        (averageDecay, precision, seed) = (0.999, .f32, 1)
        (logEvery, reportEvery, saveEvery) = (1, 1, 1)
    }

    enum Precision: String, CaseIterable {
        case f32, bf16

        /// bf16 where the processor computes in it.
        var type: ElementType { self == .bf16 ? .compute : .f32 }
    }
}
